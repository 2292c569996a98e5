// What a program of your own gets of the command's speed: the demo's network and data, with a loader thread, under the
// command, under millrace::main in a program that links the engine, and under a Runner of the program with and without
// dedicate_process(). Each training is a process of its own, since libgomp reads its setting when it is loaded; the ways
// take turns, each is compared with the command of its round, and the first two are held against what is promised.
//
//     bench_own_program [rounds]
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "millrace/base/cpu_count.h"
#include "millrace/cli/main.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/dedicated_process.h"
#include "millrace/tensor/shared_machine.h"

namespace millrace::bench {
namespace {

constexpr double kLeastSpeed = 0.97;
constexpr const char* kConfig = MILLRACE_SOURCE_DIR "/configs/fashion_mnist/lenet.py";
const std::vector<std::string> kOverrides = {"train_cfg.max_epochs=1",
                                             "train_dataloader.dataset.indices=25600",
                                             "val_dataloader=None",
                                             "val_cfg=None",
                                             "val_evaluator=None",
                                             "default_hooks.checkpoint.save_best=None",
                                             "train_dataloader.batch_size=64"};

struct Way {
  std::string name, argument;
  bool is_promised;
};
const std::vector<Way> kWays = {{"the command", "", false},
                                {"millrace::main", "train", true},
                                {"Runner, dedicate_process()", "--dedicated", true},
                                {"Runner alone", "--alone", false}};

/// A training as a program with a Runner makes it.
void train_by_runner(const std::string& work_dir, const std::shared_ptr<SharedMachine>& machine) {
  Config config = Config::from_file(kConfig);
  std::vector<std::string> overrides = kOverrides;
  overrides.push_back("work_dir=" + work_dir);
  apply_overrides(config, overrides);
  RunSurroundings surroundings;
  RunnerOptions options = bind_run_config(config, surroundings);
  surroundings.machine = machine;
  Runner(std::move(options), std::move(surroundings)).train();
}

/// Samples a second of one training.
double speed_of(const Way& way, const std::filesystem::path& own, const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  const std::string program = way.argument.empty() ? (own.parent_path() / "millrace").string() : own.string();
  std::string line = fmt::format("env -u GOMP_SPINCOUNT {}", program);
  if (way.argument.empty() || way.argument == "train") {
    line += fmt::format(" train {} --work-dir {}", kConfig, folder.string());
    for (const std::string& override_text : kOverrides) line += fmt::format(" '{}'", override_text);
  } else {
    line += fmt::format(" {} {}", way.argument, folder.string());
  }
  if (std::system((line + " >/dev/null 2>&1").c_str()) != 0) {
    fmt::print("this failed: {}\n", line);
    std::exit(1);
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename() == "summary.json")
      return nlohmann::json::parse(std::ifstream(entry.path())).at("samples_per_second").get<double>();
  fmt::print("no summary.json in {}\n", folder.string());
  std::exit(1);
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

bool compare(int rounds) {
  const std::filesystem::path own = std::filesystem::read_symlink("/proc/self/exe");
  const std::filesystem::path folder = std::filesystem::temp_directory_path() / fmt::format("own_program_{}", getpid());
  std::vector<std::vector<double>> speed(kWays.size()), ratio(kWays.size());
  for (int round = 0; round < rounds; ++round) {
    for (size_t turn = 0; turn < kWays.size(); ++turn) {
      const size_t way = round % 2 == 0 ? turn : kWays.size() - 1 - turn;  // what changes slowly is the same for all
      speed[way].push_back(speed_of(kWays[way], own, folder));
    }
    for (size_t way = 0; way < kWays.size(); ++way) ratio[way].push_back(speed[way].back() / speed[0].back());
  }
  std::filesystem::remove_all(folder);
  bool holds = true;
  for (size_t way = 0; way < kWays.size(); ++way) {
    const auto [least, most] = std::minmax_element(ratio[way].begin(), ratio[way].end());
    const bool is_kept = !kWays[way].is_promised || median(ratio[way]) >= kLeastSpeed;
    holds = holds && is_kept;
    fmt::print("{:<28}{:>8.0f} samples/s   of the command {:.3f} ({:.3f} to {:.3f})   {}\n", kWays[way].name,
               median(speed[way]), median(ratio[way]), *least, *most,
               kWays[way].is_promised ? (is_kept ? "pass" : "MISS") : "");
  }
  return holds;
}

}  // namespace
}  // namespace millrace::bench

int main(int argc, char** argv) {
  using namespace millrace::bench;
  const std::string first = argc > 1 ? argv[1] : "";
  if (first == "train") return millrace::main(argc, argv);
  if (first == "--dedicated") {
    millrace::dedicate_process();
    train_by_runner(argv[2], std::make_shared<millrace::SharedMachine>());
    return 0;
  }
  if (first == "--alone") {
    train_by_runner(argv[2], nullptr);
    return 0;
  }
  fmt::print("the demo's network on {} processors, promised: {} of the command's speed\n", millrace::usable_cpus(),
             kLeastSpeed);
  return compare(first.empty() ? 9 : std::atoi(argv[1])) ? 0 : 1;
}
