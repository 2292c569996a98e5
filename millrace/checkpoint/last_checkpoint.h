#pragma once

#include <optional>
#include <string>

#include "millrace/io/file_system.h"

namespace millrace {

/// The checkpoint from which a run in `work_dir` resumes. As in MMEngine, the file `last_checkpoint` has one line, the
/// absolute path of the newest regular checkpoint. If that file does not exist because the folder was moved, it is the
/// file of the same name in `work_dir`. Nothing if there is no `last_checkpoint`. Throws Error if the named file is in
/// neither place.
std::optional<std::string> find_latest(const std::string& work_dir);

/// Notes `checkpoint` as the newest, atomically. Call it after the checkpoint is written.
void note_latest(const std::string& work_dir, const std::string& checkpoint, io::FileSystem& files = io::disk());

}  // namespace millrace
