#pragma once

#include <string>
#include <variant>
#include <vector>

#include "millrace/picture/chart.h"
#include "millrace/picture/count_matrix.h"

namespace millrace {

/// Rows of texts below their headings. The first column names the rows; the others are figures, aligned on the right.
struct ReportTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;  // each as long as `columns`
};

/// A part of a test's report on a page: tables and matrices side by side below a heading.
struct ReportSection {
  using Part = std::variant<ReportTable, CountMatrix, Chart>;
  std::string title;  // sections of several runs with the same title share a heading
  std::vector<Part> parts;
};

/// The file `test_report.json` of a run folder (docs/formats/test_report.md): a test writes it, and the page reads it.
std::string sections_json(const std::vector<ReportSection>& sections);
/// Throws Error, naming `path`, for a text that does not hold sections.
std::vector<ReportSection> sections_from_json(const std::string& text, const std::string& path);

}  // namespace millrace
