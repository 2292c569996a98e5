#include "millrace/picture/count_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/picture/chart.h"

namespace millrace {
namespace {

constexpr const char* kMatrixStyle =
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:11px;fill:#64748b}"
    ".page{font-size:19px;font-weight:600;fill:#0f172a}.name{fill:#334155}.card{fill:#fff;stroke:#e2e8f0}"
    ".right{fill:#2563eb}.wrong{fill:#ea580c}.cell{fill:#334155}.bright{fill:#fff}";

const std::string& name_of(const CountMatrix& matrix, int64_t k) { return matrix.names[static_cast<size_t>(k)]; }

/// Where things of a drawing are, in CSS pixels.
struct MatrixFrame {
  explicit MatrixFrame(const CountMatrix& matrix) {
    const int64_t rows = matrix.size();
    cell = rows <= 12 ? 46 : rows <= 24 ? 32 : std::max(5.0, 720.0 / static_cast<double>(rows));
    has_names = cell >= 9;
    has_counts = cell >= 30;
    size_t longest = 5;
    for (const std::string& name : matrix.names) longest = std::max(longest, std::min(name.size(), kLongestName));
    const double names = has_names ? 6.4 * static_cast<double>(longest) + 12 : 16;
    side = cell * static_cast<double>(rows);
    left = 44 + names;
    top = has_names ? names * 0.8 + 6 : 12;
    width = left + side + 28 + (has_names ? names * 0.45 : 0);
    height = top + side + 36;
  }
  static constexpr size_t kLongestName = 24;
  double cell, side, left, top, width, height;
  bool has_names, has_counts;
};

std::string matrix_marks(const CountMatrix& matrix, const MatrixFrame& frame) {
  const auto& [cell, side, left, top, width, height, has_names, has_counts] = frame;
  std::string text = fmt::format(
      "<text x=\"{0:.0f}\" y=\"{1:.0f}\" text-anchor=\"middle\" transform=\"rotate(-90 {0:.0f} "
      "{1:.0f})\">{4}</text>\n"
      "<text x=\"{2:.0f}\" y=\"{3:.0f}\" text-anchor=\"middle\">{5}</text>\n",
      26.0, top + side / 2, left + side / 2, top + side + 22, xml_text(matrix.row_label),
      xml_text(matrix.column_label));
  for (int64_t k = 0; has_names && k < matrix.size(); ++k) {
    const double at = (static_cast<double>(k) + 0.5) * cell;
    const std::string name = xml_text(cut_utf8(name_of(matrix, k), MatrixFrame::kLongestName));
    text += fmt::format("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 8,
                        top + at + 4, name);
    text += fmt::format(
        "<text class=\"name\" x=\"{0:.1f}\" y=\"{1:.1f}\" transform=\"rotate(-50 {0:.1f} {1:.1f})\">{2}</text>\n",
        left + at, top - 8, name);
  }
  for (int64_t row = 0; row < matrix.size(); ++row) {
    const int64_t sum = matrix.row_sum(row);
    for (int64_t column = 0; column < matrix.size(); ++column) {
      const int64_t count = matrix.count(row, column);
      if (count == 0) continue;
      const double share = static_cast<double>(count) / static_cast<double>(sum);
      const double x = left + static_cast<double>(column) * cell, y = top + static_cast<double>(row) * cell;
      // The least share is still seen.
      text += fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"2\" "
          "fill-opacity=\"{:.3f}\"><title>{} {} {}: {} of {}</title></rect>",
          row == column ? "right" : "wrong", x + 0.5, y + 0.5, cell - 1, cell - 1, 0.07 + 0.93 * share,
          xml_text(name_of(matrix, row)), xml_text(matrix.relation), xml_text(name_of(matrix, column)), count, sum);
      if (has_counts)
        text += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                            share > 0.5 ? "bright" : "cell", x + cell / 2, y + cell / 2 + 4, count);
      text += '\n';
    }
  }
  return text;
}

}  // namespace

int64_t CountMatrix::row_sum(int64_t row) const {
  const auto begin = counts.begin() + row * size();
  return std::accumulate(begin, begin + size(), int64_t{0});
}

std::string matrix_plot(const CountMatrix& matrix) {
  MILLRACE_ASSERT(matrix.size() > 0 && matrix.size() <= CountMatrix::kMostDrawn, "a matrix too large to be drawn");
  const MatrixFrame frame(matrix);
  return fmt::format("<svg class=\"matrix\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">\n", frame.width, frame.height) +
         matrix_marks(matrix, frame) + "</svg>\n";
}

std::string matrix_svg(const CountMatrix& matrix, std::string_view title) {
  MILLRACE_ASSERT(matrix.size() > 0 && matrix.size() <= CountMatrix::kMostDrawn, "a matrix too large to be drawn");
  constexpr double kHeader = 50;
  const MatrixFrame frame(matrix);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
             "height=\"{1:.0f}\" role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n"
             "<rect class=\"card\" width=\"100%\" height=\"100%\"/>\n<text class=\"page\" x=\"28\" "
             "y=\"36\">{2}</text>\n<g transform=\"translate(0,{4:.0f})\">\n",
             frame.width, frame.height + kHeader, xml_text(title), kMatrixStyle, kHeader) +
         matrix_marks(matrix, frame) + "</g>\n</svg>\n";
}

}  // namespace millrace
