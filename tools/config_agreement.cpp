// Reads every config of a folder and compares its tree with the one expected.
//
//     config_agreement SOURCES TREES [--quiet]
//
// TREES holds `_manifest.json` and, for each config `a/b.py` under SOURCES that the manifest marks ok, `a/b.json` with
// the expected tree in the canonical form (1 and 1.0 count as equal). Where SOURCES and TREES hold folders of one name
// instead, each with a manifest, all of them are compared. Exit code 0 if all agree, 1 if some do not.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "millrace/config/json.h"

namespace {

namespace fs = std::filesystem;
using millrace::Value;

std::string text_of(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

struct Tally {
  int ok = 0, agree = 0, refused = 0, refused_by_both = 0, scripts = 0;
  double seconds = 0;
  int64_t most_steps = 0;
  double slowest = 0;
  std::string slowest_name;
};

/// The first difference, as a dotted path; empty if there is none.
std::string difference(const Value& ours, const Value& theirs, const std::string& path) {
  const std::string here = path.empty() ? "the whole" : path;
  if (ours.is_dict() && theirs.is_dict()) {
    for (const auto& [key, value] : theirs.as_dict()) {
      const Value* mine = ours.as_dict().find(key);
      if (!mine) return fmt::format("{}.{} is missing", path, key.as_string());
      if (auto found = difference(*mine, value, path + "." + key.as_string()); !found.empty()) return found;
    }
    for (const auto& [key, value] : ours.as_dict())
      if (!theirs.as_dict().find(key)) return fmt::format("{}.{} is too many", path, key.as_string());
    return {};
  }
  if (ours.is_sequence() && theirs.is_sequence()) {
    if (ours.items().size() != theirs.items().size())
      return fmt::format("{} has {} items, not {}", here, ours.items().size(), theirs.items().size());
    for (size_t i = 0; i < ours.items().size(); ++i)
      if (auto found = difference(ours.items()[i], theirs.items()[i], fmt::format("{}.{}", path, i)); !found.empty())
        return found;
    return {};
  }
  if (ours.is_bool() == theirs.is_bool() && ours == theirs) return {};
  return fmt::format("{} is {}, not {}", here, ours.repr(), theirs.repr());
}

Tally compare(const fs::path& sources, const fs::path& trees, bool quiet) {
  Tally tally;
  const Value manifest = millrace::read_json(text_of(trees / "_manifest.json"), (trees / "_manifest.json").string());
  // The folder that holds the sources: this one, or the one above it that holds several.
  const fs::path here = (fs::absolute(sources) / ".").lexically_normal().parent_path();
  const std::string roots[] = {here.parent_path().string(), here.string()};
  for (const auto& [name, entry] : manifest.as_dict()) {
    const fs::path config_path = sources / name.as_string();
    const auto flag = [&entry = entry](const char* key) {
      const Value* value = entry.find(key);
      return value && value->is_bool() && value->as_bool();
    };
    if (flag("script")) {
      ++tally.scripts;
      continue;
    }
    tally.ok += flag("ok");
    const std::clock_t begin = std::clock();  // processor time: other programs do not count
    const auto elapsed = [begin] { return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC; };
    try {
      const millrace::Config config = millrace::Config::from_file(config_path.string());
      const double seconds = elapsed();
      tally.seconds += seconds;
      tally.most_steps = std::max(tally.most_steps, config.steps);
      if (seconds > tally.slowest) tally.slowest = seconds, tally.slowest_name = name.as_string();
      if (!flag("ok")) {
        if (!quiet) fmt::print("read, though refused by MMEngine: {}\n", config_path.string());
        continue;
      }
      fs::path expected = trees / name.as_string();
      expected.replace_extension(".json");
      const Value theirs = millrace::read_json(text_of(expected), expected.string());
      std::string wrong;
      for (const std::string& root : roots) {
        std::string canonical = to_canonical_json(config.tree);
        for (size_t at; (at = canonical.find(root + "/")) != std::string::npos;)
          canonical.replace(at, root.size(), "{sources}");
        wrong = difference(millrace::read_json(canonical, "ours"), theirs, "");
        if (wrong.empty()) break;
      }
      if (wrong.empty()) ++tally.agree;
      else fmt::print("{}: {}\n", config_path.string(), wrong);
    } catch (const millrace::Error& error) {
      tally.seconds += elapsed();
      ++tally.refused;
      tally.refused_by_both += !flag("ok");
      if (flag("ok") || !quiet) fmt::print("{}{}\n", flag("ok") ? "" : "refused by both: ", error.what());
    }
  }
  return tally;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: config_agreement SOURCES TREES [--quiet]\n");
    return 2;
  }
  const fs::path sources = argv[1], trees = argv[2];
  const bool quiet = argc > 3 && std::string(argv[3]) == "--quiet";
  std::vector<std::string> names;
  if (fs::exists(trees / "_manifest.json")) names.emplace_back("");
  else
    for (const auto& entry : fs::directory_iterator(trees))
      if (fs::exists(entry.path() / "_manifest.json")) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  if (names.empty()) {
    fmt::print(stderr, "{}: no _manifest.json there, nor in a folder in it\n", trees.string());
    return 2;
  }
  std::string table = fmt::format("{:<18}{:>8}{:>8}{:>10}{:>12}{:>10}{:>14}{:>12}  {}\n", "", "ok", "agree", "refused",
                                  "by both", "seconds", "slowest ms", "most steps", "the slowest");
  bool all_agree = true;
  try {
    for (const std::string& name : names) {
      const Tally tally = compare(name.empty() ? sources : sources / name, name.empty() ? trees : trees / name, quiet);
      table +=
          fmt::format("{:<18}{:>8}{:>8}{:>10}{:>12}{:>10.3f}{:>14.2f}{:>12}  {}\n",
                      name.empty() ? sources.filename().string() : name, tally.ok, tally.agree, tally.refused,
                      tally.refused_by_both, tally.seconds, tally.slowest * 1000, tally.most_steps, tally.slowest_name);
      all_agree = all_agree && tally.agree == tally.ok;
    }
  } catch (const millrace::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
  fmt::print("{}", table);
  return all_agree ? 0 : 1;
}
