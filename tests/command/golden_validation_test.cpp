#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "millrace/base/text.h"
#include "millrace/cli/engine.h"
#include "millrace/io/file.h"
#include "millrace/runner/run_config.h"
#include "tests/support/places.h"
#include "tests/support/planted_mistake.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

/// Public configs, unpacked once; empty where MILLRACE_SHARED does not have them.
class GoldenSources {
 public:
  static const GoldenSources& instance() {
    static const GoldenSources kSources;
    return kSources;
  }

  const std::vector<std::string>& configs() const { return configs_; }
  /// Without the folder that they are unpacked into.
  std::string shown(std::string text) const {
    const std::string root = folder_.path().string() + "/";
    for (size_t at; (at = text.find(root)) != std::string::npos;) text.erase(at, root.size());
    return text;
  }
  /// The classic ones find each other's packages beside their own, the restyled ones in their folder.
  Config read(const std::string& file) const {
    ReadOptions options;
    if (file.starts_with(folder_ / "restyled")) options.search_path = {folder_ / "restyled"};
    return Config::from_file(file, options);
  }

 private:
  GoldenSources() {
    const char* shared = std::getenv("MILLRACE_SHARED");
    const fs::path archives = (shared ? fs::path(shared) : fs::path(source_path("/../shared"))) / "golden" / "configs";
    for (const char* repository : {"mmpretrain", "mmdetection", "mmsegmentation", "mmpose", "restyled"}) {
      const fs::path archive = archives / (std::string(repository) + ".sources.tar.xz");
      if (!fs::exists(archive)) {
        configs_.clear();
        return;
      }
      run_process({"tar", "xJf", archive.string(), "-C", folder_.path().string()});
      for (const auto& entry : fs::recursive_directory_iterator(folder_ / repository))
        if (entry.path().extension() == ".py" && entry.path().filename() != "__init__.py")
          configs_.push_back(entry.path().string());
    }
    std::sort(configs_.begin(), configs_.end());
  }

  ScratchFolder folder_;
  std::vector<std::string> configs_;
};

#define SKIP_WITHOUT_SOURCES()                                                                                 \
  if (GoldenSources::instance().configs().empty())                                                             \
  GTEST_SKIP()                                                                                                 \
      << "no golden/configs/*.sources.tar.xz below MILLRACE_SHARED: the configs of four repositories are not " \
         "validated"

double seconds(std::clock_t time) { return static_cast<double>(time) / CLOCKS_PER_SEC; }

/// The stored list is what a person has looked at, line by line: each is a mistake of its source. To store a new one:
/// MILLRACE_STORE=1.
TEST(GoldenValidation, FindsTrueMistakesAlone) {
  SKIP_WITHOUT_SOURCES();
  const GoldenSources& sources = GoldenSources::instance();
  std::set<std::string> mistakes;
  std::map<std::string, int64_t> absent;
  int64_t read = 0, refused = 0, unfit = 0;
  std::clock_t checking = 0;
  const std::clock_t begin = std::clock();  // processor time: other programs do not count
  for (const std::string& file : sources.configs()) {
    try {
      const Config config = sources.read(file);
      const std::clock_t before = std::clock();
      const ConfigReport report = check_run_config(config);
      checking += std::clock() - before;
      ++read;
      unfit += !report.mistakes.empty();
      for (const Error& error : report.mistakes.all())
        mistakes.insert(sources.shown(error.place().str() + ": " + error.summary()));
      for (const AbsentComponent& component : report.absent) ++absent[component.name];
    } catch (const Error&) {
      ++refused;  // the reader's own tests say which and why
    }
  }
  std::string text;
  for (const std::string& mistake : mistakes) text += mistake + "\n";
  const std::string path = source_path("/tests/command/mistakes_of_golden_configs.txt");
  if (std::getenv("MILLRACE_STORE")) std::ofstream(path) << text;
  EXPECT_EQ(text, io::read_file(path));
  EXPECT_GE(read, 5035);
  std::cout << read << " configs read, " << refused << " refused; " << mistakes.size() << " mistakes in " << unfit
            << " of them, " << absent.size() << " names that this build does not have; "
            << seconds(std::clock() - begin) << " s, " << seconds(checking) << " s of them to check\n";
}

/// Whether a report has the planted key at its line, and whether it suggests the right one.
struct Found {
  bool at_line = false, suggested = false;
};
Found found_in(const ConfigReport& report, const PlantableKey& key, const std::string& wrong) {
  Found found;
  for (const Error& error : report.mistakes.all()) {
    if (error.summary().find(" has no key '" + wrong + "'") == std::string::npos) continue;
    if (error.place().file() != key.place.file() || error.place().line() != key.place.line()) continue;
    found.at_line = true;
    found.suggested = found.suggested || error.summary().ends_with("; did you mean '" + key.key + "'?");
  }
  return found;
}

TEST(GoldenValidation, FindsOneWrongKeyInEachOf500Configs) {
  SKIP_WITHOUT_SOURCES();
  const GoldenSources& sources = GoldenSources::instance();
  const char* seed = std::getenv("MILLRACE_SEED");
  std::mt19937 random(seed ? static_cast<unsigned>(std::atoi(seed)) : 6);
  std::vector<std::string> files = sources.configs();
  std::shuffle(files.begin(), files.end(), random);
  int64_t planted = 0, at_line = 0, suggested = 0, further = 0;
  std::map<std::string, int64_t> parts;
  std::string missed, misled;
  for (const std::string& file : files) {
    if (planted == 500) break;
    std::vector<PlantableKey> keys;
    std::set<std::string> before;
    try {
      const Config config = sources.read(file);
      if (!config.tree.find("model")) continue;
      keys = plantable_keys(config);
      const ConfigReport report = check_run_config(config);
      for (const Error& error : report.mistakes.all()) before.insert(error.what());
    } catch (const Error&) {
      continue;
    }
    // A part first, so that loaders, which have the most keys, are not all of it.
    std::set<std::string> present;
    for (const PlantableKey& key : keys) present.insert(key.part);
    std::vector<std::string> order(present.begin(), present.end());
    std::shuffle(order.begin(), order.end(), random);
    std::shuffle(keys.begin(), keys.end(), random);
    std::stable_sort(keys.begin(), keys.end(), [&](const PlantableKey& a, const PlantableKey& b) {
      return std::find(order.begin(), order.end(), a.part) < std::find(order.begin(), order.end(), b.part);
    });
    for (const PlantableKey& key : keys) {
      const std::string wrong = misspelt(key.key, random);
      const auto mistake = PlantedMistake::at(key, wrong);
      if (!mistake) continue;
      ConfigReport report;
      try {
        report = check_run_config(sources.read(file));
      } catch (const Error&) {
        continue;  // something else in the config reads the key
      }
      const Found found = found_in(report, key, wrong);
      ++planted, ++parts[key.part];
      at_line += found.at_line, suggested += found.suggested;
      const std::string line = sources.shown(file + ": " + key.place.str()) + ": " + key.key + " -> " + wrong + "\n";
      if (!found.at_line) missed += line;
      if (found.at_line && !found.suggested) misled += line;
      for (const Error& error : report.mistakes.all())
        further += !before.contains(error.what()) && error.summary().find("'" + wrong + "'") == std::string::npos;
      break;
    }
  }
  EXPECT_EQ(planted, 500);
  EXPECT_EQ(at_line, planted) << missed;
  EXPECT_GE(suggested * 100, planted * 95) << misled;
  std::cout << planted << " planted, " << at_line << " found at their line, " << suggested
            << " with the right suggestion, " << further << " further mistakes;";
  for (const auto& [part, count] : parts) std::cout << " " << part << " " << count;
  std::cout << "\n" << misled;
}

}  // namespace
}  // namespace millrace
