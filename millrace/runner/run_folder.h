#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace millrace {

/// The folder of one run: `<work_dir>/<timestamp>/`, with the log, the records, the resolved config, the environment
/// and the summary. A resumed run uses the folder of the earlier run again.
class RunFolder {
 public:
  /// Makes a new folder, named by the local time, with "_2", "_3", … if the name is taken.
  static RunFolder create(const std::filesystem::path& work_dir);
  /// The folder that an earlier process made, if it still exists and has its log. `name` comes from a checkpoint; a name
  /// with a slash is ignored.
  static std::optional<RunFolder> reopen(const std::filesystem::path& work_dir, const std::string& name);
  /// The folder that the main rank has made, for other ranks: write() does nothing.
  static RunFolder of_main_rank(const std::filesystem::path& work_dir, const std::string& name);

  const std::filesystem::path& path() const { return path_; }
  std::string name() const { return path_.filename().string(); }
  std::filesystem::path log_file() const { return path_ / (name() + ".log"); }
  /// The log of another rank than the main one, which it writes at the level DEBUG.
  std::filesystem::path log_file_of_rank(int64_t rank) const {
    return path_ / (name() + "_rank" + std::to_string(rank) + ".log");
  }
  /// Whether an earlier session wrote into it: its records are gone on with.
  bool is_reopened() const { return is_reopened_; }

  /// Writes a text file whole or not at all, only on the main rank.
  void write(const std::string& name, const std::string& text) const;

 private:
  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
  bool is_written_ = true;
  bool is_reopened_ = false;
};

/// Makes the folder and those above it. Throws Error if that fails.
void make_work_dir(const std::filesystem::path& work_dir);

/// Writes WORK_DIR/NAME.py, where MMEngine's tools look for the config of a run: `text`, Python source. A file of that
/// name that Millrace did not write stays as it is; then the result says so, for the log, and else is "".
std::string write_config_of_work_dir(const std::filesystem::path& work_dir, const std::string& name,
                                     const std::string& text, const std::filesystem::path& own_file);

/// "20261124_103828": local time, as run folders and checkpoints note it.
std::string timestamp();

}  // namespace millrace
