#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// How often things of each row were taken for things of each column. Rows and columns have the same names in the same
/// order.
struct CountMatrix {
  std::vector<std::string> names;
  std::vector<int64_t> counts;      // size() x size(), row by row
  std::string row_label = "truth";  // labels of the axes
  std::string column_label = "what the network says";
  std::string relation = "taken for";  // between the names of a row and a column: "cat taken for dog: 2 of 6"

  int64_t size() const { return static_cast<int64_t>(names.size()); }
  int64_t count(int64_t row, int64_t column) const { return counts[static_cast<size_t>(row * size() + column)]; }
  int64_t row_sum(int64_t row) const;

  static constexpr int64_t kMostDrawn = 200;  // rows that a picture has room for
};

/// A picture of the counts (SVG, light, without script): a cell is shaded by its share of its row; the diagonal is
/// blue, the rest orange. 1 to kMostDrawn rows.
std::string matrix_svg(const CountMatrix& matrix, std::string_view title);

/// Only the drawing, as an SVG element for a page that has a style for the classes matrix, name, right, wrong, cell and
/// bright.
std::string matrix_plot(const CountMatrix& matrix);

}  // namespace millrace
