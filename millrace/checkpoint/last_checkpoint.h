#pragma once

#include <optional>
#include <string>

#include "millrace/io/file_system.h"

namespace millrace {

/// The checkpoint that a run in `work_dir` goes on from. The file `last_checkpoint` in it is one line, the absolute
/// path of the newest regular checkpoint, as MMEngine has it. That is taken or, where the folder was moved, the file of
/// the same name in `work_dir`; nothing if there is no `last_checkpoint`. Throws Error if it names a file that is in
/// neither place.
std::optional<std::string> find_latest(const std::string& work_dir);

/// Notes `checkpoint` as the newest, atomically. To be called after the checkpoint is in its place.
void note_latest(const std::string& work_dir, const std::string& checkpoint, io::FileSystem& files = io::disk());

}  // namespace millrace
