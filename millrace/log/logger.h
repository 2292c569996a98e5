#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace {

class Terminal;

enum class LogLevel { debug, info, warning, error, critical };

/// "INFO", "warning", … in any case, and the short forms WARN and FATAL. Throws Error naming the nearest one.
LogLevel log_level(std::string_view name);
/// "INFO".
const char* level_name(LogLevel level);

/// Where a run says what it does. Silent until it is told where to write: a library prints nothing by itself.
///
///     Logger logger("millrace");
///     logger.to_terminal(terminal);                     // 11/23 21:35:26 - millrace - INFO - resumed epoch: 3
///     logger.to_file(folder + "/20251123_213526.log");  // 2025/11/23 21:35:26 - millrace - INFO - resumed epoch: 3
///     logger.info("resumed epoch: 3");
///
/// The level word is coloured on an interactive terminal. The same warning is written once only. What was written to a
/// file survives a kill of the process: each record is handed to the system (but see log_soon), none is synced. Times
/// are local. Thread-safe; a sink that fails (a full disk) never fails the run, the other sinks are told once.
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
  /// For a host: gets the bare message. Runs under the logger's lock, so it must not log.
  void to_callback(Callback callback, LogLevel level = LogLevel::info);
  /// Closes every file and forgets every sink.
  void close();

  /// Whether anybody would see it: ask before building a costly message.
  bool is_enabled(LogLevel level) const;
  void log(LogLevel level, std::string_view message);
  /// For records that come many times a second: `message` is made and written, with the time of this call, before the
  /// next record or at flush(), which the caller sees to. It runs under the logger's lock, on whatever thread writes
  /// next: it must not log, and what it reads must stay as it is.
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
