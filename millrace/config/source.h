#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/place.h"

namespace millrace {

/// The text of one config file, UTF-8 with '\n' at the ends of lines, and the place of each character in the file: after
/// passages were replaced (`{{ fileDirname }}`), places are still those of the text as it was written.
class Source {
 public:
  /// UTF-8, or UTF-16 with its byte order mark: what io::text_of takes, and throws.
  Source(std::string name, std::string text);

  const std::string& name() const { return file_.file(); }
  std::string_view text() const { return text_; }

  /// Line and column, in characters, of a byte of text().
  Place place(size_t offset) const;
  /// The file as a whole.
  const Place& file() const { return file_; }

  struct Replacement {
    size_t begin, end;  // in text(), in ascending order
    std::string with;
  };
  void replace(const std::vector<Replacement>& replacements);

 private:
  struct Segment {
    size_t begin;    // in text()
    size_t written;  // in the text as written
    bool replaced;   // all of it replaces the character at `written`
  };

  Place file_;
  bool ascii_ = false;   // a column is a difference of offsets
  std::string written_;  // as long as nothing is replaced, empty: it is text_
  std::string text_;
  std::vector<size_t> lines_;  // where the lines of the written text begin
  std::vector<Segment> segments_;
  // Places are mostly asked for in order.
  mutable size_t last_line_ = 0;
  mutable size_t counted_ = 0;  // offset up to which the characters of its line are counted
  mutable int column_ = 1;      // the column there
};

}  // namespace millrace
