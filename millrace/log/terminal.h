#pragma once

#include <cstdio>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace millrace {

/// A stream that people may watch, with a status line below the text.
///
///     auto terminal = std::make_shared<Terminal>(stderr);
///     logger.to_terminal(terminal);       // each writes through it, so that
///     ProgressBar bar(terminal);          // a log line pushes the bar down instead of cutting it
///
/// The status line is shown only on an interactive terminal; elsewhere only whole lines appear. If the reader of the
/// stream has gone, nothing more is written, and that is no error. Thread-safe.
class Terminal {
 public:
  struct Facts {
    bool is_terminal = false;
    bool is_interactive = false;  // may be coloured and have a line redrawn
    std::optional<int> width;     // columns; absent: asked each time, since windows are resized
  };

  /// Interactive if it is a terminal, NO_COLOR is unset or empty, and TERM is set and not "dumb". Does not own the
  /// stream.
  explicit Terminal(std::FILE* stream);
  Terminal(std::FILE* stream, Facts facts) : stream_(stream), facts_(facts) {}
  ~Terminal() { clear_status(); }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  bool is_terminal() const { return facts_.is_terminal; }
  bool is_interactive() const { return facts_.is_interactive; }
  /// Columns of the window, else $COLUMNS, else 80.
  int width() const;

  /// Writes the line and a line feed, and flushes; a status line moves below it.
  void write_line(std::string_view line);
  /// Shows or replaces the status line, cut to the width.
  void set_status(std::string_view line);
  void clear_status();

 private:
  void put(const std::string& bytes);

  std::FILE* stream_;
  Facts facts_;
  std::mutex mutex_;
  std::string status_;
  bool reader_has_gone_ = false;
};

/// The first `columns` characters of a UTF-8 text.
std::string_view clipped(std::string_view text, int columns);
/// Characters of a UTF-8 text.
int text_width(std::string_view text);

}  // namespace millrace
