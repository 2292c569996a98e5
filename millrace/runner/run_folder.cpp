#include "millrace/runner/run_folder.h"

#include <ctime>

#include "millrace/base/error.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/disk_failure.h"
#include "millrace/io/file.h"

namespace millrace {

std::string timestamp() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d_%H%M%S", &local);
  return text;
}

void make_work_dir(const std::filesystem::path& work_dir) {
  std::error_code error;
  std::filesystem::create_directories(work_dir, error);
  if (error) io::throw_system_error(work_dir.string(), "cannot make the work dir", error.value());
}

RunFolder RunFolder::create(const std::filesystem::path& work_dir) {
  make_work_dir(work_dir);
  std::error_code error;
  const std::string name = timestamp();
  for (int number = 1;; ++number) {
    const std::filesystem::path path = work_dir / (number == 1 ? name : name + "_" + std::to_string(number));
    if (std::filesystem::create_directory(path, error)) return RunFolder(path);
    if (error) io::throw_system_error(path.string(), "cannot make the run folder", error.value());
  }
}

std::optional<RunFolder> RunFolder::reopen(const std::filesystem::path& work_dir, const std::string& name) {
  if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos) return std::nullopt;
  RunFolder folder(work_dir / name);
  if (!std::filesystem::is_regular_file(folder.log_file())) return std::nullopt;
  folder.is_reopened_ = true;
  return folder;
}

RunFolder RunFolder::of_main_rank(const std::filesystem::path& work_dir, const std::string& name) {
  RunFolder folder(work_dir / name);
  folder.is_written_ = false;
  return folder;
}

std::string write_config_of_work_dir(const std::filesystem::path& work_dir, const std::string& name,
                                     const std::string& text, const std::filesystem::path& own_file) {
  static const std::string kMark =
      "# Written by Millrace: the config of the last training here, with bases and overrides.";
  const std::filesystem::path path = work_dir / (name + ".py");
  std::error_code absent;
  const bool is_there = std::filesystem::exists(std::filesystem::symlink_status(path, absent));
  const bool is_own_file = is_there && !own_file.empty() && std::filesystem::equivalent(path, own_file, absent);
  const bool is_ours =
      is_there && std::filesystem::is_regular_file(path, absent) && io::read_file(path.string()).starts_with(kMark);
  if (is_there && (is_own_file || !is_ours))
    return path.string() + " stays as it is: the config of this run is in the run folder";
  io::write_atomically(path.string(), kMark + "\n" + text);
  return "";
}

void RunFolder::write(const std::string& name, const std::string& text) const {
  if (!is_written_) return;
  io::write_atomically((path_ / name).string(), text);
}

}  // namespace millrace
