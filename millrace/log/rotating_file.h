#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <variant>

namespace millrace {

/// A new file before one would reach `max_bytes`: x.log becomes x.log.1, x.log.1 becomes x.log.2, …, up to
/// `backup_count`; the oldest is removed. Python's RotatingFileHandler. A single line may be longer.
struct RotateBySize {
  int64_t max_bytes = 0;
  int64_t backup_count = 1;
};

/// A new file `interval` after the first record: x.log becomes x.log.2025-11-23_21-35-26, the local time at which that
/// interval began. Of such files, `backup_count` are kept; 0 keeps all. Python's TimedRotatingFileHandler.
struct RotateByTime {
  std::chrono::seconds interval{0};
  int64_t backup_count = 0;
};

using Rotation = std::variant<RotateBySize, RotateByTime>;

/// A log file that is appended to and, when it is due, put aside. The time comes from the records.
class RotatingFile {
 public:
  using Time = std::chrono::system_clock::time_point;

  /// Throws Error for numbers below 1 (an interval, max_bytes, backup_count by size) and if the file can't be opened.
  RotatingFile(std::filesystem::path path, const Rotation& rotation);

  /// Throws Error if the line can't be written.
  void write(std::string_view line, Time time);
  void flush();

 private:
  bool is_due(size_t more_bytes, Time time);
  void put_aside();
  void shift_numbered(int64_t count) const;
  void keep_dated(int64_t count) const;
  void open();

  std::filesystem::path path_;
  Rotation rotation_;
  std::ofstream file_;
  int64_t bytes_ = 0;
  Time begin_{};  // of the interval; none yet: the epoch
};

}  // namespace millrace
