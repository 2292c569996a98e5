#include "millrace/log/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "millrace/base/utf8.h"

namespace millrace {
namespace {

constexpr const char* kEraseLine = "\r\x1b[K";
constexpr int kDefaultWidth = 80;

Terminal::Facts facts_of(std::FILE* stream) {
  Terminal::Facts facts;
  facts.is_terminal = ::isatty(::fileno(stream)) == 1;
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  facts.is_interactive = facts.is_terminal && (no_color == nullptr || *no_color == '\0') && term != nullptr &&
                         std::string_view(term) != "dumb";
  return facts;
}

}  // namespace

Terminal::Terminal(std::FILE* stream) : Terminal(stream, facts_of(stream)) {}

int Terminal::width() const {
  if (facts_.width) return *facts_.width;
  winsize size{};
  if (facts_.is_terminal && ::ioctl(::fileno(stream_), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const char* columns = std::getenv("COLUMNS");
  const int width = columns == nullptr ? 0 : std::atoi(columns);
  return width > 0 ? width : kDefaultWidth;
}

void Terminal::put(const std::string& bytes) {
  if (reader_has_gone_) return;
  const bool is_written = std::fwrite(bytes.data(), 1, bytes.size(), stream_) == bytes.size();
  if (is_written && std::fflush(stream_) == 0) return;
  reader_has_gone_ = errno == EPIPE || errno == EIO;  // a pipe without a reader, a terminal that was closed
  std::clearerr(stream_);
}

void Terminal::write_line(std::string_view line) {
  const std::lock_guard lock(mutex_);
  std::string bytes;
  if (!status_.empty()) bytes += kEraseLine;
  bytes.append(line).push_back('\n');
  put(bytes + status_);
}

void Terminal::set_status(std::string_view line) {
  if (!is_interactive()) return;
  const std::lock_guard lock(mutex_);
  status_ = clipped(line, width() - 1);  // a full line would wrap, and could not be erased
  put(kEraseLine + status_);
}

void Terminal::clear_status() {
  const std::lock_guard lock(mutex_);
  if (status_.empty()) return;
  status_.clear();
  put(kEraseLine);
}

std::string_view clipped(std::string_view text, int columns) {
  size_t end = 0;
  for (int seen = 0; end < text.size(); ++end)
    if (begins_character(text[end]) && ++seen > columns) break;
  return text.substr(0, end);
}

int text_width(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), begins_character));
}

}  // namespace millrace
