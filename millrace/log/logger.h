#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "millrace/log/rotating_file.h"

namespace millrace {

class Terminal;

enum class LogLevel { debug, info, warning, error, critical };

/// Takes "INFO", "warning", … in upper or lower case, and the short forms WARN and FATAL. Throws Error with the nearest
/// name.
LogLevel log_level(std::string_view name);
/// "INFO".
const char* level_name(LogLevel level);

/// The log of a run. It is silent until you tell it where to write: a library prints nothing by itself.
///
///     Logger logger("millrace");
///     logger.to_terminal(terminal);                     // 11/23 21:35:26 - millrace - INFO - resumed epoch: 3
///     logger.to_file(folder + "/20251123_213526.log");  // 2025/11/23 21:35:26 - millrace - INFO - resumed epoch: 3
///     logger.info("resumed epoch: 3");
///
/// The level is coloured on an interactive terminal. The same warning is written only once. Records in a file survive a
/// kill of the process, but not a loss of power: each is handed to the system at once (but see log_soon) and never
/// synced. Times are local. Thread-safe. A sink that fails (a full disk) does not fail the run; the other sinks log it
/// once.
class Logger {
 public:
  using Callback = std::function<void(LogLevel, std::string_view message)>;

  explicit Logger(std::string name = "millrace");
  ~Logger();
  Logger(Logger&&) noexcept;
  Logger& operator=(Logger&&) noexcept;

  void to_terminal(std::shared_ptr<Terminal> terminal, LogLevel level = LogLevel::info);
  /// Appends; makes the folders above. Throws Error if the file cannot be opened.
  void to_file(const std::filesystem::path& path, LogLevel level = LogLevel::info);
  /// As above; the file is put aside when the rotation says so.
  void to_file(const std::filesystem::path& path, LogLevel level, const Rotation& rotation);
  /// For a program that embeds the run: gets the bare message. Runs under the logger's lock, so it must not log.
  void to_callback(Callback callback, LogLevel level = LogLevel::info);
  /// Closes every file and forgets every sink.
  void close();

  /// Whether any sink takes this level: ask before you build a costly message.
  bool is_enabled(LogLevel level) const;
  void log(LogLevel level, std::string_view message);
  /// Only into files, for texts that are too long to read as they pass.
  void log_in_files(LogLevel level, std::string_view message);
  /// For records that come many times a second. `message` is called and its text written, with the time of this call,
  /// before the next record or at flush(), which the caller must call. It runs under the logger's lock, on the thread
  /// that writes next: it must not log, and what it reads must not change.
  void log_soon(LogLevel level, std::function<std::string()> message);
  /// Writes what log_soon kept.
  void flush();
  void debug(std::string_view message) { log(LogLevel::debug, message); }
  void info(std::string_view message) { log(LogLevel::info, message); }
  void warning(std::string_view message) { log(LogLevel::warning, message); }
  void error(std::string_view message) { log(LogLevel::error, message); }

  const std::string& name() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
