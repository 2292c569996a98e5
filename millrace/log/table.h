#pragma once

#include <string>
#include <vector>

namespace millrace {

/// Text in columns.
///
///     Table table({{"name"}, {"seconds", Table::Align::right}});        // name      seconds
///     table.add({"forward", "1.25"});                                   // forward      1.25
///     table.add({"backward", "12.50"});                                 // backward    12.50
///
/// Columns are two blanks apart; a line has no blanks at its end. Widths count characters of UTF-8.
class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;  // the line of titles is left out if all are empty
    Align align = Align::left;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// A shorter row is filled up with empty cells; a longer one is a bug of the caller. Cells hold one line.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// All lines, each indented by `indent` blanks and ended by a line feed.
  std::string str(int indent = 0) const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace millrace
