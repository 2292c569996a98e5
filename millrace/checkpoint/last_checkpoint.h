#pragma once

#include <optional>
#include <string>

#include "millrace/io/file_system.h"

namespace millrace {

/// The checkpoint from which a run in `work_dir` resumes. As in MMEngine, the file `last_checkpoint` has one line, the
/// absolute path of the newest regular checkpoint. A file of that name in `work_dir` takes precedence over the path, for
/// the folder may have been copied or moved. Nothing if there is no `last_checkpoint`. Throws Error if the named file is
/// in neither place.
std::optional<std::string> find_latest(const std::string& work_dir);
/// The same, and nothing too if the named file has gone.
std::optional<std::string> latest_if_any(const std::string& work_dir);

/// Throws Error if note_latest() could not write because a folder has that name. Call it before the training.
void check_note(const std::string& work_dir);
/// Notes `checkpoint` as the newest, atomically. Call it after the checkpoint is written.
void note_latest(const std::string& work_dir, const std::string& checkpoint, io::FileSystem& files = io::disk());

}  // namespace millrace
