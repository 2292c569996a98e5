#pragma once

#include <memory>
#include <string>

namespace millrace {

/// A position in a text that a user wrote: file, line and column, both counted from 1; 0 means "not known".
///
/// Cheap to copy: the file name is shared by all places of one file. A place without a file prints as "".
class Place {
 public:
  Place() = default;
  explicit Place(std::string file) : file_(std::make_shared<const std::string>(std::move(file))) {}
  Place(std::shared_ptr<const std::string> file, int line, int column)
      : file_(std::move(file)), line_(line), column_(column) {}

  bool known() const { return file_ != nullptr; }
  const std::string& file() const;
  int line() const { return line_; }
  int column() const { return column_; }

  /// The same file, at another line and column.
  Place at(int line, int column) const { return Place(file_, line, column); }

  /// "configs/mnist.py:14:39", "configs/mnist.py" if the line is not known, "" if nothing is known.
  std::string str() const;

  friend bool operator==(const Place& a, const Place& b) {
    return a.line_ == b.line_ && a.column_ == b.column_ && a.file() == b.file();
  }

 private:
  std::shared_ptr<const std::string> file_;
  int line_ = 0;
  int column_ = 0;
};

}  // namespace millrace
