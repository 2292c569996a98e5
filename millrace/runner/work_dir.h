#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/io/folder_lock.h"
#include "millrace/io/new_folders.h"

namespace millrace {

class Config;
struct RunnerOptions;

/// The folders that a training of the command writes its checkpoints to, held for it alone while this lives: the work
/// dir and, where the checkpoint hook has an `out_dir`, the folder in there. (A Runner in a program of yours looks at
/// neither.) Folders that were made for a training that was refused are gone at its end.
class HeldWorkDir {
 public:
  /// Throws Error if another process trains there.
  HeldWorkDir(const Config& config, const RunnerOptions& options);

  /// Throws Error if one of the folders holds a run that the options do not go on with. `go_on` is the line that would,
  /// "" if nobody knows it.
  void refuse_other_run(const std::string& go_on) const;
  /// Such a run may be replaced: nothing goes on with it any more. What has the same name as a file of the new run is
  /// overwritten when that is written.
  void give_up_other_run() const;
  /// What a user should know: that a file system has no locks.
  std::vector<std::string> notices() const;

 private:
  struct Run {
    std::filesystem::path folder;
    std::string newest;  // the name of its newest checkpoint
  };
  std::vector<Run> other_runs() const;

  std::vector<std::filesystem::path> folders_;         // the work dir is the first
  std::filesystem::path resumes_;                      // a checkpoint; "" if none is named
  bool resumes_latest_ = false;                        // that of the work dir
  std::vector<std::unique_ptr<io::NewFolders>> made_;  // outlive the locks, which are files in them
  std::vector<std::unique_ptr<io::FolderLock>> locks_;
};

}  // namespace millrace
