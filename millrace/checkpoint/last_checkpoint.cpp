#include "millrace/checkpoint/last_checkpoint.h"

#include <fmt/format.h>

#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/io/atomic_file.h"

namespace millrace {
namespace {

std::string note_path(const std::string& work_dir) {
  return (std::filesystem::path(work_dir) / "last_checkpoint").string();
}

}  // namespace

std::optional<std::string> find_latest(const std::string& work_dir) {
  const std::string note = note_path(work_dir);
  if (!io::file_exists(note)) return std::nullopt;
  constexpr int64_t kLongestNote = 1 << 16;
  const std::string named(trim(io::read_file(note, kLongestNote)));
  if (named.empty() || named.find('\0') != std::string::npos) throw Error(Place(note), "names no file");
  // A folder that was copied holds its own: what the path names is the original's.
  const std::string beside = (std::filesystem::path(work_dir) / std::filesystem::path(named).filename()).string();
  if (io::file_exists(beside)) return beside;
  if (io::file_exists(named)) return named;
  throw Error(Place(note),
              fmt::format("names {}, which does not exist, and this folder has no file of that name", named))
      .help(fmt::format("resume=PATH names the checkpoint to resume; without {} the run starts anew", note));
}

std::optional<std::string> latest_if_any(const std::string& work_dir) {
  try {
    return find_latest(work_dir);
  } catch (const Error&) {
    return std::nullopt;
  }
}

void check_note(const std::string& work_dir) {
  if (const std::string note = note_path(work_dir); std::filesystem::is_directory(note))
    throw Error(Place(note), "is a folder, and a training writes the name of its last checkpoint there")
        .note("move the folder away, or take another work_dir");
}

void note_latest(const std::string& work_dir, const std::string& checkpoint, io::FileSystem& files) {
  io::write_atomically(note_path(work_dir), std::filesystem::absolute(checkpoint).lexically_normal().string(), files);
}

}  // namespace millrace
