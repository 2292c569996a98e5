#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_coverage_report.h"
#include "millrace/cli/config_request.h"

namespace millrace {
namespace {

/// The configs below a folder, sorted; without those in hidden folders.
std::vector<std::string> configs_below(const std::string& folder) {
  namespace fs = std::filesystem;
  std::error_code failure;
  std::vector<std::string> files;
  for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with(".") && at->is_directory()) at.disable_recursion_pending();
    const std::string extension = at->path().extension().string();
    if (at->is_regular_file() && name != "__init__.py" &&
        (extension == ".py" || extension == ".yaml" || extension == ".yml" || extension == ".json"))
      files.push_back(at->path().string());
  }
  if (failure) throw Error(Place(folder), "this folder can't be read: " + failure.message());
  std::sort(files.begin(), files.end());
  return files;
}

/// Whether a file is in a folder of bases. It is not read by itself: the configs that use it read it.
bool is_in_base_folder(const std::string& file) {
  const std::filesystem::path path(file);
  return std::find(path.begin(), path.end(), "_base_") != path.end();
}

/// What can be trained or tested: a model and data for it.
bool is_whole(const Config& config) {
  const auto has = [&](const char* key) { return config.tree.find(key) != nullptr; };
  return has("model") && (has("train_dataloader") || has("val_dataloader") || has("test_dataloader"));
}

}  // namespace

int config_coverage_command(const Invocation& invocation) {
  std::vector<std::string> folders;
  ConfigRequest request;
  bool as_json = false;
  std::optional<int64_t> next;
  Arguments arguments(invocation.name(), "config coverage",
                      "Counts which configs of a folder this build can run, and what the others lack.");
  arguments.positional("DIR", "a folder with configs, at any depth", folders);
  arguments.config_path(request.search_path);
  arguments.option("--next", "N", "also choose the N components with which most configs run", next, 1);
  arguments.flag("--json", "one object per line", as_json);
  arguments.example("config coverage configs");
  arguments.example("config coverage ../mmpretrain/configs --next 10");
  arguments.example("config coverage ../mmpretrain/configs --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  const EngineTable& checker = engine();
  ConfigCoverage coverage;
  for (const std::string& folder : folders) {
    for (const std::string& file : configs_below(folder)) {
      if (is_in_base_folder(file)) {
        coverage.add_part();
        continue;
      }
      try {
        const Config config = request.read(file);
        if (is_whole(config)) coverage.add(checker.check(config).absent);
        else coverage.add_part();
      } catch (const Error& error) {
        coverage.add_unreadable(file, error);
      }
    }
  }
  std::fputs((as_json ? coverage.json(next.value_or(0)) : coverage.text(next.value_or(0))).c_str(), stdout);
  return 0;
}

}  // namespace millrace
