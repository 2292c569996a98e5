// Trains the cases of golden's trajectories with the Runner and compares every loss, rate and weight.
//
//     golden_trajectories DIR FILE.json [--data DIR] [--only NAME]
//
// DIR holds lenet_init.pth; checkpoints that cases of FILE name lie there or beside FILE. FILE is trajectories.json, smoke_float32.json,
// optimizers_new.json, state_interop.json or further cases of these kinds. --data: the folder of
// train-images-idx3-ubyte.gz and train-labels-idx1-ubyte.gz of Fashion-MNIST (default: that of the Debian package
// dataset-fashion-mnist). One line a case: its worst relative difference, or why it failed; a type, key or field that
// is not known here fails its case. Exit code 0 if all cases agree, 1 if one does not, 2 for wrong usage or a missing
// file.
#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/json.h"
#include "millrace/io/file.h"
#include "tests/support/golden_trajectories.h"

namespace millrace {
namespace {

/// Whether the case agrees; prints its line.
bool report(const GoldenTrajectories& trajectories, const Value& golden, const std::string& name) {
  try {
    const GoldenComparison comparison = trajectories.run(golden);
    if (comparison.agrees()) {
      fmt::print("ok    {:<32} worst {:.1e}\n", name, comparison.worst());
    } else {
      fmt::print("FAIL  {:<32} worst {:.1e}: {}\n", name, comparison.worst(), comparison.where());
    }
    std::fflush(stdout);
    return comparison.agrees();
  } catch (const std::exception& error) {
    fmt::print("FAIL  {:<32} {}\n", name, error.what());
    std::fflush(stdout);
    return false;
  }
}

struct Request {
  std::string folder, file, data = GoldenTrajectories::kFashionMnist, only;
};

/// Nothing if the arguments are wrong.
std::optional<Request> parse(int argc, char** argv) {
  Request request;
  std::vector<std::string> places;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (!word.starts_with("--")) {
      places.push_back(word);
      continue;
    }
    std::string* value = word == "--data" ? &request.data : word == "--only" ? &request.only : nullptr;
    if (!value || ++i == argc) return std::nullopt;
    *value = argv[i];
  }
  if (places.size() != 2) return std::nullopt;
  request.folder = places[0];
  request.file = places[1];
  return request;
}

int run(const Request& request) {
  const Value cases = read_json(io::read_file(request.file), request.file);
  if (!cases.is_sequence()) throw Error(request.file + ": should hold a list of cases");
  for (const Value& golden : cases.items()) {
    const Value* name = golden.is_dict() ? golden.find("name") : nullptr;
    if (!name || !name->is_string()) throw Error(golden.place(), "a case needs a name");
  }
  at::set_num_threads(1);  // as fast at this size, and the figures are those of any number to the twelfth digit
  const GoldenTrajectories trajectories({.weights = request.folder,
                                         .checkpoints = std::filesystem::path(request.file).parent_path(),
                                         .data = request.data});
  for (const Value& golden : cases.items()) trajectories.checkpoint_of(golden);
  int64_t ran = 0, agreed = 0;
  for (const Value& golden : cases.items()) {
    const std::string& name = golden.find("name")->as_string();
    if (!request.only.empty() && request.only != name) continue;
    ++ran;
    if (report(trajectories, golden, name)) ++agreed;
  }
  if (ran == 0) throw Error(request.file + ": has no case" + (request.only.empty() ? "" : " '" + request.only + "'"));
  fmt::print("{} of {} cases agree\n", agreed, ran);
  return agreed == ran ? 0 : 1;
}

}  // namespace
}  // namespace millrace

int main(int argc, char** argv) {
  const auto request = millrace::parse(argc, argv);
  if (!request) {
    std::fprintf(stderr, "usage: golden_trajectories DIR FILE.json [--data DIR] [--only NAME]\n");
    return 2;
  }
  try {
    return millrace::run(*request);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
