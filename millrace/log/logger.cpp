#include "millrace/log/logger.h"

#include <spdlog/common.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/basic_file_sink.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <mutex>
#include <unordered_set>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/terminal.h"

namespace millrace {
namespace {

constexpr std::array<const char*, 5> kLevelNames = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
constexpr std::array<const char*, 5> kLevelColours = {"\x1b[32m", "", "\x1b[1;33m", "\x1b[1;31m", "\x1b[1;31m"};
constexpr size_t kMaxRemembered = 10'000;  // warnings, so that a run that warns for ever stays small

LogLevel level_of(spdlog::level::level_enum level) { return static_cast<LogLevel>(static_cast<int>(level) - 1); }
spdlog::level::level_enum spdlog_level(LogLevel level) {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(level) + 1);  // spdlog begins with trace
}
static_assert(spdlog::level::debug == 1 && spdlog::level::critical == 5);

/// The level as one upper-case word, coloured or not.
class LevelWord final : public spdlog::custom_flag_formatter {
 public:
  explicit LevelWord(bool coloured) : coloured_(coloured) {}
  void format(const spdlog::details::log_msg& record, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto index = static_cast<size_t>(level_of(record.level));
    const std::string_view colour = coloured_ ? kLevelColours[index] : "";
    append(out, colour);
    append(out, kLevelNames[index]);
    if (!colour.empty()) append(out, "\x1b[0m");
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<LevelWord>(coloured_); }

 private:
  static void append(spdlog::memory_buf_t& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
  }
  bool coloured_;
};

std::unique_ptr<spdlog::formatter> line_formatter(const char* date, const char* end, bool coloured) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::local, end);
  formatter->add_flag<LevelWord>('*', coloured);
  formatter->set_pattern(std::string(date) + " %H:%M:%S - %n - %* - %v");
  return formatter;
}

using FileSink = spdlog::sinks::basic_file_sink<spdlog::details::null_mutex>;
using SilentSink = spdlog::sinks::base_sink<spdlog::details::null_mutex>;  // the logger's lock is enough

class TerminalSink final : public SilentSink {
 public:
  explicit TerminalSink(std::shared_ptr<Terminal> terminal)
      : SilentSink(line_formatter("%m/%d", "", terminal->is_interactive())), terminal_(std::move(terminal)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& record) override {
    spdlog::memory_buf_t line;
    formatter_->format(record, line);
    terminal_->write_line({line.data(), line.size()});
  }
  void flush_() override {}

  std::shared_ptr<Terminal> terminal_;
};

class RotatingSink final : public SilentSink {
 public:
  RotatingSink(const std::filesystem::path& path, const Rotation& rotation)
      : SilentSink(line_formatter("%Y/%m/%d", "\n", /*coloured=*/false)), file_(path, rotation) {}

 private:
  void sink_it_(const spdlog::details::log_msg& record) override {
    spdlog::memory_buf_t line;
    formatter_->format(record, line);
    file_.write({line.data(), line.size()}, record.time);
  }
  void flush_() override { file_.flush(); }

  RotatingFile file_;
};

class CallbackSink final : public SilentSink {
 public:
  explicit CallbackSink(Logger::Callback callback) : callback_(std::move(callback)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& record) override {
    callback_(level_of(record.level), {record.payload.data(), record.payload.size()});
  }
  void flush_() override {}

  Logger::Callback callback_;
};

}  // namespace

LogLevel log_level(std::string_view name) {
  const std::string wanted = to_lower(name);
  std::vector<std::string> names;
  for (size_t i = 0; i < kLevelNames.size(); ++i) {
    if (to_lower(kLevelNames[i]) == wanted) return static_cast<LogLevel>(i);
    names.emplace_back(kLevelNames[i]);
  }
  if (wanted == "warn") return LogLevel::warning;
  if (wanted == "fatal") return LogLevel::critical;
  throw Error("no log level '" + std::string(name) + "'" + did_you_mean(name, names)).note("levels: " + join(names));
}

const char* level_name(LogLevel level) { return kLevelNames[static_cast<size_t>(level)]; }

struct Logger::Impl {
  static constexpr int kSilent = std::numeric_limits<int>::max();

  /// A sink with what the logger remembers about it.
  struct Outlet {
    std::unique_ptr<spdlog::sinks::sink> sink;
    std::string name;
    bool is_file = false;
    std::unordered_set<size_t> warned = {};
    bool has_failed = false;

    bool is_repeated(LogLevel level, std::string_view message) {
      if (level != LogLevel::warning) return false;
      if (warned.size() >= kMaxRemembered) warned.clear();
      return !warned.insert(std::hash<std::string_view>()(message)).second;
    }
  };

  struct Late {
    spdlog::log_clock::time_point time;
    LogLevel level;
    std::function<std::string()> message;
  };

  std::string name;
  std::mutex mutex;
  std::vector<Outlet> outlets;
  std::vector<Late> late;
  std::atomic<int> lowest = kSilent;  // level that some outlet writes

  void add(std::unique_ptr<spdlog::sinks::sink> sink, std::string outlet_name, LogLevel level) {
    const bool is_file = dynamic_cast<FileSink*>(sink.get()) != nullptr;
    sink->set_level(spdlog_level(level));
    const std::lock_guard lock(mutex);
    outlets.push_back({std::move(sink), std::move(outlet_name), is_file});
    lowest = std::min(lowest.load(), static_cast<int>(level));
  }

  enum class Flush { now, later };

  void write(Outlet& outlet, LogLevel level, std::string_view message,
             spdlog::log_clock::time_point time = spdlog::log_clock::now(), Flush flush = Flush::now) {
    if (!outlet.sink->should_log(spdlog_level(level)) || outlet.is_repeated(level, message)) return;
    try {
      outlet.sink->log(spdlog::details::log_msg(time, {}, name, spdlog_level(level),
                                                spdlog::string_view_t(message.data(), message.size())));
      if (level >= LogLevel::info && flush == Flush::now) outlet.sink->flush();
    } catch (const std::exception& failure) {
      report(outlet, failure.what());
    }
  }

  /// What waited, into every outlet.
  void write_late() {
    if (late.empty()) return;
    for (const Late& record : std::exchange(late, {})) {
      const std::string message = record.message();
      for (Outlet& outlet : outlets) write(outlet, record.level, message, record.time, Flush::later);
    }
    for (Outlet& outlet : outlets) {
      try {
        outlet.sink->flush();
      } catch (const std::exception& failure) {
        report(outlet, failure.what());
      }
    }
  }

  void report(Outlet& failed, const std::string& reason) {
    if (std::exchange(failed.has_failed, true)) return;
    for (Outlet& outlet : outlets)
      if (!outlet.has_failed) write(outlet, LogLevel::warning, failed.name + " cannot be written: " + reason);
  }
};

Logger::Logger(std::string name) : impl_(std::make_unique<Impl>()) { impl_->name = std::move(name); }
Logger::~Logger() {
  if (impl_) close();
}
Logger::Logger(Logger&&) noexcept = default;
Logger& Logger::operator=(Logger&& other) noexcept {
  std::swap(impl_, other.impl_);
  return *this;
}

const std::string& Logger::name() const { return impl_->name; }

void Logger::to_terminal(std::shared_ptr<Terminal> terminal, LogLevel level) {
  impl_->add(std::make_unique<TerminalSink>(std::move(terminal)), "the terminal", level);
}

void Logger::to_file(const std::filesystem::path& path, LogLevel level) {
  std::error_code failure;  // what matters is whether the file opens
  std::filesystem::create_directories(path.parent_path(), failure);
  try {
    auto sink = std::make_unique<FileSink>(path.string());
    sink->set_formatter(line_formatter("%Y/%m/%d", "\n", /*coloured=*/false));
    impl_->add(std::move(sink), "the log file " + path.string(), level);
  } catch (const spdlog::spdlog_ex& refused) {
    throw Error(path.string() + ": the log file cannot be opened").note(refused.what());
  }
}

void Logger::to_file(const std::filesystem::path& path, LogLevel level, const Rotation& rotation) {
  std::error_code failure;  // what matters is whether the file opens
  std::filesystem::create_directories(path.parent_path(), failure);
  impl_->add(std::make_unique<RotatingSink>(path, rotation), "the log file " + path.string(), level);
}

void Logger::to_callback(Callback callback, LogLevel level) {
  impl_->add(std::make_unique<CallbackSink>(std::move(callback)), "the log callback", level);
}

void Logger::close() {
  const std::lock_guard lock(impl_->mutex);
  impl_->write_late();
  impl_->outlets.clear();
  impl_->lowest = Impl::kSilent;
}

bool Logger::is_enabled(LogLevel level) const { return static_cast<int>(level) >= impl_->lowest.load(); }

void Logger::log(LogLevel level, std::string_view message) {
  if (!is_enabled(level)) return;
  const std::lock_guard lock(impl_->mutex);
  impl_->write_late();
  for (Impl::Outlet& outlet : impl_->outlets) impl_->write(outlet, level, message);
}

void Logger::log_in_files(LogLevel level, std::string_view message) {
  if (!is_enabled(level)) return;
  const std::lock_guard lock(impl_->mutex);
  impl_->write_late();
  for (Impl::Outlet& outlet : impl_->outlets)
    if (outlet.is_file) impl_->write(outlet, level, message);
}

void Logger::log_soon(LogLevel level, std::function<std::string()> message) {
  if (!is_enabled(level)) return;
  const std::lock_guard lock(impl_->mutex);
  impl_->late.push_back({spdlog::log_clock::now(), level, std::move(message)});
}

void Logger::flush() {
  const std::lock_guard lock(impl_->mutex);
  impl_->write_late();
}

}  // namespace millrace
