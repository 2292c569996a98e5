#include "millrace/picture/report_section.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using SectionJson = nlohmann::ordered_json;

SectionJson part_json(const ReportTable& table) {
  return {{"table", {{"columns", table.columns}, {"rows", table.rows}}}};
}

SectionJson part_json(const CountMatrix& matrix) {
  SectionJson counts = SectionJson::array();
  for (int64_t row = 0; row < matrix.size(); ++row) {
    const auto begin = matrix.counts.begin() + row * matrix.size();
    counts.push_back(std::vector<int64_t>(begin, begin + matrix.size()));
  }
  return {{"matrix",
           {{"names", matrix.names},
            {"counts", std::move(counts)},
            {"row_label", matrix.row_label},
            {"column_label", matrix.column_label},
            {"relation", matrix.relation}}}};
}

SectionJson part_json(const Chart& chart) {
  SectionJson lines = SectionJson::array();
  for (const ChartLine& line : chart.lines) {
    SectionJson points = SectionJson::array();
    for (const ChartLine::Point& point : thinned(line.points, kMaxCurvePoints))
      points.push_back({point.x, std::isfinite(point.y) ? SectionJson(point.y) : SectionJson(nullptr)});
    lines.push_back({{"name", line.name}, {"points", std::move(points)}});
  }
  return {{"chart", {{"title", chart.title}, {"x_label", chart.x_label}, {"lines", std::move(lines)}}}};
}

/// Thrown by what follows, as nlohmann's own exceptions are by it, and told as one error.
struct Misfit {};

ReportTable table_of(const SectionJson& json) {
  ReportTable table{json.at("columns").get<std::vector<std::string>>(),
                    json.at("rows").get<std::vector<std::vector<std::string>>>()};
  for (const auto& row : table.rows)
    if (row.size() != table.columns.size()) throw Misfit();
  return table;
}

CountMatrix matrix_of(const SectionJson& json) {
  CountMatrix matrix{.names = json.at("names").get<std::vector<std::string>>()};
  if (matrix.size() < 1 || matrix.size() > CountMatrix::kMostDrawn) throw Misfit();
  for (const SectionJson& row : json.at("counts")) {
    if (!std::all_of(row.begin(), row.end(), [](const SectionJson& n) { return n.is_number_integer(); }))
      throw Misfit();
    const auto counts = row.get<std::vector<int64_t>>();
    if (counts.size() != matrix.names.size()) throw Misfit();
    matrix.counts.insert(matrix.counts.end(), counts.begin(), counts.end());
  }
  if (matrix.counts.size() != matrix.names.size() * matrix.names.size()) throw Misfit();
  // So that no sum of a row overflows.
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / CountMatrix::kMostDrawn;
  if (std::any_of(matrix.counts.begin(), matrix.counts.end(), [](int64_t n) { return n < 0 || n > kMost; }))
    throw Misfit();
  matrix.row_label = json.at("row_label").get<std::string>();
  matrix.column_label = json.at("column_label").get<std::string>();
  matrix.relation = json.at("relation").get<std::string>();
  return matrix;
}

Chart chart_of(const SectionJson& json) {
  Chart chart{.title = json.at("title").get<std::string>(), .x_label = json.at("x_label").get<std::string>()};
  for (const SectionJson& line : json.at("lines")) {
    ChartLine& read = chart.lines.emplace_back(ChartLine{line.at("name").get<std::string>(), {}});
    for (const SectionJson& point : line.at("points")) {
      if (point.size() != 2) throw Misfit();
      const double x = point.at(0).get<double>();
      const double y = point.at(1).is_null() ? std::nan("") : point.at(1).get<double>();
      if (!std::isfinite(x) || (!read.points.empty() && x < read.points.back().x)) throw Misfit();
      read.points.push_back({x, y});
    }
  }
  return chart;
}

ReportSection::Part part_of(const SectionJson& json) {
  if (json.contains("table")) return table_of(json["table"]);
  if (json.contains("matrix")) return matrix_of(json["matrix"]);
  return chart_of(json.at("chart"));
}

}  // namespace

std::string sections_json(const std::vector<ReportSection>& sections) {
  SectionJson list = SectionJson::array();
  for (const ReportSection& section : sections) {
    SectionJson parts = SectionJson::array();
    for (const ReportSection::Part& part : section.parts)
      parts.push_back(std::visit([](const auto& each) { return part_json(each); }, part));
    list.push_back({{"title", section.title}, {"parts", std::move(parts)}});
  }
  // A name that is no UTF-8 is not worth losing the figures for.
  return SectionJson{{"sections", std::move(list)}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<ReportSection> sections_from_json(const std::string& text, const std::string& path) {
  const SectionJson json = SectionJson::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    std::vector<ReportSection> sections;
    for (const SectionJson& section : json.at("sections")) {
      ReportSection& read = sections.emplace_back(ReportSection{section.at("title").get<std::string>(), {}});
      for (const SectionJson& part : section.at("parts")) read.parts.push_back(part_of(part));
    }
    return sections;
  } catch (const nlohmann::json::exception&) {
  } catch (const Misfit&) {
  }
  throw Error(Place(path), "these are not the sections of a test's report");
}

}  // namespace millrace
