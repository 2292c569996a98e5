#pragma once

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "millrace/config/json.h"
#include "millrace/io/file.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {

/// The public configs that lie in the folder MILLRACE_SHARED, unpacked, and the manifests of what MMEngine makes of
/// them. They are no part of the repository: a test that needs them says that it is skipped where they are missing.
///
///     if (!GoldenConfigs::are_there()) GTEST_SKIP() << GoldenConfigs::kMissing;
class GoldenConfigs {
 public:
  static constexpr const char* kMissing = "MILLRACE_SHARED/golden/configs is not there";
  static constexpr const char* kNames[] = {"mmpretrain", "mmdetection", "mmsegmentation", "mmpose", "restyled"};

  struct Entry {
    std::string path;                      // in folder()
    std::vector<std::string> search_path;  // what it is to be read with
  };

  static std::string archives() {
    const char* shared = std::getenv("MILLRACE_SHARED");
    return std::string(shared ? shared : "../shared") + "/golden/configs";
  }
  static bool are_there() { return io::file_exists(archives() + "/restyled.sources.tar.xz"); }

  GoldenConfigs() {
    for (const std::string name : kNames) {
      unpack({name + ".sources.tar.xz"}, folder());
      std::filesystem::create_directory(manifests());
      unpack({name + ".tar.xz", name + "/_manifest.json"}, manifests());
    }
  }

  std::string folder() const { return folder_.path().string(); }

  /// Those of one archive that MMEngine reads, in the order of their names.
  std::vector<Entry> readable(const std::string& name) const {
    std::vector<Entry> out;
    const std::string path = manifests() + "/" + name + "/_manifest.json";
    const Value manifest = read_json(io::read_file(path), path);
    for (const auto& [config, facts] : manifest.as_dict()) {
      const Value* ok = facts.find("ok");
      if (!ok || !ok->is_bool() || !ok->as_bool()) continue;
      Entry entry{name + "/" + config.as_string(), {}};
      // The restyled ones name each other as packages.
      if (name == "restyled") entry.search_path.push_back(folder_ / "restyled");
      out.push_back(std::move(entry));
    }
    std::sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.path < b.path; });
    return out;
  }

  Config read(const Entry& entry) const {
    ReadOptions options;
    options.search_path = entry.search_path;
    return Config::from_file(folder() + "/" + entry.path, options);
  }

 private:
  std::string manifests() const { return folder_ / "manifests"; }

  /// An archive, or one file of it.
  static void unpack(const std::vector<std::string>& archive_and_file, const std::string& to) {
    std::vector<std::string> words = {"tar", "-C", to, "-xJf", archives() + "/" + archive_and_file.front()};
    words.insert(words.end(), archive_and_file.begin() + 1, archive_and_file.end());
    const ProcessResult result = run_process(words);
    if (result.exit_code != 0) throw Error(archive_and_file.front() + ": " + result.error);
  }

  ScratchFolder folder_;
};

}  // namespace millrace
