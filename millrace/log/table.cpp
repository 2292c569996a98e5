#include "millrace/log/table.h"

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/log/terminal.h"

namespace millrace {

void Table::add(std::vector<std::string> cells) {
  MILLRACE_ASSERT(cells.size() <= columns_.size(), "a row of a table has more cells than there are columns");
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string Table::str(int indent) const {
  std::vector<std::string> titles;
  bool has_titles = false;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    has_titles = has_titles || !column.title.empty();
  }
  std::vector<const std::vector<std::string>*> lines;
  if (has_titles) lines.push_back(&titles);
  for (const auto& row : rows_) lines.push_back(&row);

  std::vector<int> widths(columns_.size(), 0);
  for (const auto* line : lines)
    for (size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], text_width((*line)[i]));

  std::string text;
  for (const auto* line : lines) {
    std::string row(static_cast<size_t>(indent), ' ');
    for (size_t i = 0; i < widths.size(); ++i) {
      const std::string& cell = (*line)[i];
      const std::string padding(static_cast<size_t>(widths[i] - text_width(cell)), ' ');
      if (i > 0) row += "  ";
      row += columns_[i].align == Align::right ? padding + cell : cell + padding;
    }
    row.erase(row.find_last_not_of(' ') + 1);
    text += row + "\n";
  }
  return text;
}

}  // namespace millrace
