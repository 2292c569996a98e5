#include "millrace/log/rotating_file.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "millrace/base/error.h"

namespace millrace {
namespace {

void require_from_one(int64_t value, const char* name) {
  if (value < 1) throw Error(fmt::format("{} of a log's rotation must be at least 1, got {}", name, value));
}

std::filesystem::path with_suffix(const std::filesystem::path& path, const std::string& suffix) {
  return path.string() + "." + suffix;
}

std::string date_suffix(RotatingFile::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:%Y-%m-%d_%H-%M-%S}", local);
}

/// "2025-11-23_21-35-26"
bool is_date_suffix(std::string_view text) {
  constexpr std::string_view kPattern = "0000-00-00_00-00-00";
  return text.size() == kPattern.size() && std::equal(text.begin(), text.end(), kPattern.begin(), [](char c, char p) {
           return p == '0' ? c >= '0' && c <= '9' : c == p;
         });
}

}  // namespace

RotatingFile::RotatingFile(std::filesystem::path path, const Rotation& rotation)
    : path_(std::move(path)), rotation_(rotation) {
  if (const auto* by_size = std::get_if<RotateBySize>(&rotation_)) {
    require_from_one(by_size->max_bytes, "max_bytes");
    require_from_one(by_size->backup_count, "backup_count");
  } else {
    require_from_one(std::get<RotateByTime>(rotation_).interval.count(), "the interval");
    if (std::get<RotateByTime>(rotation_).backup_count < 0)
      throw Error("backup_count of a log's rotation can't be negative").note("0 keeps all files");
  }
  open();
}

void RotatingFile::open() {
  file_.open(path_, std::ios::binary | std::ios::app);
  if (!file_) throw Error(path_.string() + ": the log file cannot be opened");
  std::error_code failure;
  const auto size = std::filesystem::file_size(path_, failure);
  bytes_ = failure ? 0 : static_cast<int64_t>(size);
}

bool RotatingFile::is_due(size_t more_bytes, Time time) {
  if (const auto* by_size = std::get_if<RotateBySize>(&rotation_))
    return bytes_ > 0 && bytes_ + static_cast<int64_t>(more_bytes) >= by_size->max_bytes;
  if (begin_ == Time{}) begin_ = time;
  return time >= begin_ + std::get<RotateByTime>(rotation_).interval;
}

void RotatingFile::write(std::string_view line, Time time) {
  if (is_due(line.size(), time)) {
    put_aside();
    begin_ = time;
  }
  file_.write(line.data(), static_cast<std::streamsize>(line.size()));
  bytes_ += static_cast<int64_t>(line.size());
  if (!file_) {
    file_.clear();
    throw Error(path_.string() + ": the log cannot be written");
  }
}

void RotatingFile::flush() {
  if (file_.flush()) return;
  file_.clear();
  throw Error(path_.string() + ": the log cannot be written");
}

/// Where the old file can't be renamed, the log goes on in it.
void RotatingFile::put_aside() {
  file_.close();
  std::error_code failure;
  if (const auto* by_size = std::get_if<RotateBySize>(&rotation_)) {
    shift_numbered(by_size->backup_count);
    std::filesystem::rename(path_, with_suffix(path_, "1"), failure);
  } else {
    std::filesystem::rename(path_, with_suffix(path_, date_suffix(begin_)), failure);
    if (const int64_t count = std::get<RotateByTime>(rotation_).backup_count; count > 0) keep_dated(count);
  }
  open();
}

void RotatingFile::shift_numbered(int64_t count) const {
  std::error_code failure;
  for (int64_t number = count - 1; number >= 1; --number)
    if (const auto from = with_suffix(path_, std::to_string(number)); std::filesystem::exists(from, failure))
      std::filesystem::rename(from, with_suffix(path_, std::to_string(number + 1)), failure);
}

void RotatingFile::keep_dated(int64_t count) const {
  const std::string prefix = path_.filename().string() + ".";
  std::vector<std::filesystem::path> dated;
  std::error_code failure;
  const auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
    if (const std::string name = entry.path().filename().string();
        name.starts_with(prefix) && is_date_suffix(std::string_view(name).substr(prefix.size())))
      dated.push_back(entry.path());
  std::sort(dated.begin(), dated.end());
  for (size_t i = 0; i + static_cast<size_t>(count) < dated.size(); ++i) std::filesystem::remove(dated[i], failure);
}

}  // namespace millrace
