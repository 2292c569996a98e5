#include "millrace/report/report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/diff.h"
#include "millrace/config/dump.h"
#include "millrace/picture/chart.h"
#include "millrace/picture/curves.h"

namespace millrace {
namespace {

constexpr size_t kLongestValue = 300;  // of a setting, in bytes
constexpr const char* kMark = "<meta name=\"generator\" content=\"millrace report\">";

struct PageFile {
  const char* path;
  const char* text;
};

constexpr PageFile kPageFiles[] = {
#include "millrace_report_page.inc"
};

std::string page_file(std::string_view name) {
  for (const PageFile& file : kPageFiles)
    if (file.path == name) return file.text;
  MILLRACE_ASSERT(false, "no such part of the page");
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k) three = three << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0);
    for (size_t k = 0; k < 4; ++k) text += i + k > bytes.size() ? '=' : kDigits[three >> (18 - 6 * k) & 63];
  }
  return text;
}

std::string dot(size_t run) { return fmt::format("<span class=\"dot k{}\"></span>", run % 6); }

std::string run_name(const std::vector<RunRecord>& runs, size_t i) {
  return (runs.size() > 1 ? dot(i) : "") + xml_text(runs[i].name);
}

const char* state_text(const RunRecord& run) {
  return run.is_test ? ", a test" : run.is_finished ? "" : ", under way or cut off";
}

std::string header(const std::vector<RunRecord>& runs) {
  std::string title, below;
  if (runs.size() == 1) {
    title = xml_text(runs[0].name);
    below = xml_text(runs[0].path) + state_text(runs[0]) +
            (runs[0].resumed_from.empty() ? "" : ", resumed from " + xml_text(runs[0].resumed_from));
  } else {
    title = fmt::format("{} runs side by side", runs.size());
    for (const RunRecord& run : runs)
      below += (below.empty() ? "" : ", ") + xml_text(run.name) + (run.is_test ? " (a test)" : "");
  }
  return fmt::format("<header><h1>{}</h1><p>{}</p></header>\n", title, below);
}

std::string figure_cards(const RunRecord& run) {
  if (run.is_test) return {};
  std::string text = "<div class=\"figures\">\n";
  const auto card = [&](const std::string& name, const std::string& value, const std::string& note) {
    text += fmt::format("<div class=\"card\"><span>{}</span><b>{}</b>{}</div>\n", xml_text(name), xml_text(value),
                        note.empty() ? "" : "<small>" + xml_text(note) + "</small>");
  };
  for (const auto& [name, value] : run.summary) {
    // "accuracy/top1 91.2000 at epoch 7" is a name, a value and where it was.
    const size_t blank = value.find(' '), at = value.find(" at ");
    if (at != std::string::npos && blank < at)
      card(name + ": " + value.substr(0, blank), value.substr(blank + 1, at - blank - 1), value.substr(at + 1));
    else card(name, value, "");
  }
  return text + "</div>\n";
}

/// The best of the best figures, where all runs have one of the same metric and agree on what is better. Several runs
/// may have it.
std::optional<double> best_value(const std::vector<RunRecord>& runs) {
  const std::optional<bool> greater = runs[0].greater_is_better;
  if (!greater) return std::nullopt;
  std::optional<double> best;
  for (const RunRecord& run : runs) {
    if (!run.best || run.best_metric != runs[0].best_metric || run.greater_is_better != greater) return std::nullopt;
    if (!best || (*greater ? *run.best > *best : *run.best < *best)) best = run.best;
  }
  return best;
}

/// A row for each name, a column for each run; `differing` marks rows whose cells are not all the same.
std::string facts_table(const std::vector<RunRecord>& runs, RunRecord::Facts RunRecord::*facts, bool marks_differing) {
  std::vector<std::string> names;
  std::vector<std::map<std::string, std::string>> cells(runs.size());
  for (size_t i = 0; i < runs.size(); ++i)
    for (const auto& [name, value] : runs[i].*facts) {
      cells[i][name] = value;
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    }
  if (names.empty()) return {};
  std::string text = "<div class=\"scroll\"><table>\n";
  if (runs.size() > 1) {
    text += "<thead><tr><th></th>";
    for (size_t i = 0; i < runs.size(); ++i) text += "<th>" + run_name(runs, i) + "</th>";
    text += "</tr></thead>\n";
  }
  const std::optional<double> best = runs.size() > 1 ? best_value(runs) : std::nullopt;
  text += "<tbody>\n";
  for (const std::string& name : names) {
    const bool differs =
        std::any_of(cells.begin(), cells.end(), [&](auto& own) { return own[name] != cells[0][name]; });
    text += fmt::format("<tr{}><th>{}</th>", differs && marks_differing ? " class=\"differs\"" : "", xml_text(name));
    for (size_t i = 0; i < runs.size(); ++i) {
      const bool is_best = name == "best" && best && runs[i].best == best;
      text += fmt::format("<td{}>{}</td>", is_best ? " class=\"best\"" : "", xml_text(cells[i][name]));
    }
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string summary_section(const std::vector<RunRecord>& runs) {
  std::string text =
      runs.size() == 1 ? figure_cards(runs[0]) : "<h2>Results</h2>\n" + facts_table(runs, &RunRecord::summary, false);
  if (const std::string tested = facts_table(runs, &RunRecord::tested, false); !tested.empty())
    text += "<h3>On the test data</h3>\n" + tested;
  return text;
}

/// The points for the script: null where a value is not finite.
std::string line_data(const Chart& chart, const std::vector<std::string>& names) {
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    nlohmann::ordered_json points = nlohmann::ordered_json::array();
    for (const ChartLine::Point& point : thinned(chart.lines[i].points, kMaxCurvePoints)) {
      const nlohmann::ordered_json y = std::isfinite(point.y) ? nlohmann::ordered_json(point.y) : nullptr;
      points.push_back({point.x, y});
    }
    lines.push_back({{"name", names[i]}, {"colour", i % 6}, {"points", std::move(points)}});
  }
  std::string text = lines.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  // Inside a script an end tag has a meaning, and so has a comment; in JSON a '<' is in a string, and may be escaped.
  for (size_t at = text.find('<'); at != std::string::npos; at = text.find('<', at)) text.replace(at, 1, "\\u003c");
  return text;
}

std::string chart_figure(const Chart& chart, bool of_runs) {
  std::string legend;
  std::vector<std::string> names;
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    names.push_back(chart.lines[i].name);
    if (chart.lines[i].points.empty()) continue;
    // With several runs, whose names are above, only the values.
    ChartLine line = chart.lines[i];
    if (of_runs) line.name = "";
    std::string entry = legend_text(line, chart);
    entry.erase(0, entry.find_first_not_of(' '));
    legend += fmt::format("<i>{}{}</i>", chart.lines.size() > 1 ? dot(i) : "", entry);
  }
  return fmt::format(
      "<figure class=\"chart\"><figcaption><b>{}</b><span>{}</span></figcaption>\n{}<script "
      "type=\"application/json\">{}</script></figure>\n",
      xml_text(chart.title), legend, chart_svg(chart), line_data(chart, names));
}

std::string curves_section(const std::vector<RunRecord>& runs) {
  if (std::all_of(runs.begin(), runs.end(), [](const RunRecord& run) { return run.is_test; })) return {};
  std::vector<std::pair<std::string, std::string>> records;
  for (const RunRecord& run : runs) records.emplace_back(run.name, run.scalars);
  std::vector<Chart> charts = curves(records);
  std::string text = "<h2>Curves</h2>\n";
  if (charts.empty()) return text + "<p class=\"note\">Nothing was logged.</p>\n";
  if (runs.size() > 1) {
    text += "<div class=\"legend\">";
    for (size_t i = 0; i < runs.size(); ++i) text += "<span>" + run_name(runs, i) + "</span>";
    text += "</div>\n";
  }
  text += "<div class=\"charts\">\n";
  for (Chart& chart : charts) {
    if (runs.size() > 1) chart.shows_extremes = false;
    text += chart_figure(chart, runs.size() > 1);
  }
  return text + "</div>\n";
}

std::string value_cell(const std::optional<Value>& value) {
  if (!value) return "<td class=\"note\">not there</td>";
  std::string text = to_python_expression(*value);
  if (text.size() > kLongestValue) text = std::string(cut_utf8(text, kLongestValue)) + " …";
  return "<td><code>" + xml_text(text) + "</code></td>";
}

/// A run's settings: without its work dir, without whether it was resumed, which is shown above, and, of a test,
/// without what `millrace test` sets of itself.
Value settings_of(const RunRecord& run) {
  Value settings = run.config.deep_copy();
  if (!settings.is_dict()) return settings;
  for (const char* key : {"work_dir", "resume"}) settings.as_dict().erase(key);
  Value* hooks = settings.as_dict().find("custom_hooks");
  if (!run.is_test || !hooks || !hooks->is_sequence()) return settings;
  std::erase_if(hooks->items(), [](const Value& hook) {
    const Value* type = hook.is_dict() ? hook.find("type") : nullptr;
    return type && type->is_string() &&
           (type->as_string() == "TestReportHook" || type->as_string() == "ShowSamplesHook");
  });
  if (hooks->items().empty()) settings.as_dict().erase("custom_hooks");
  return settings;
}

std::string differences_section(const std::vector<RunRecord>& runs) {
  if (runs.size() < 2) return {};
  std::vector<std::string> paths;
  std::map<std::string, std::vector<std::optional<Value>>> rows;
  const auto has_config = [](const RunRecord& run) { return !run.config.is_null(); };
  // All are compared with one: a training, if there is any.
  auto first = std::find_if(runs.begin(), runs.end(), [&](auto& run) { return has_config(run) && !run.is_test; });
  if (first == runs.end()) first = std::find_if(runs.begin(), runs.end(), has_config);
  for (size_t i = 0; i < runs.size() && first != runs.end(); ++i) {
    if (!has_config(runs[i])) continue;
    for (Difference& difference : diff(settings_of(*first), settings_of(runs[i]))) {
      // The checkpoint of a test is its argument; of a training, where it began is a setting.
      if (runs[i].is_test && difference.path == "load_from") continue;
      auto [row, is_new] = rows.try_emplace(difference.path, runs.size(), difference.before);
      if (is_new) paths.push_back(difference.path);
      row->second[i] = std::move(difference.after);
    }
  }
  std::string text = "<h2>Settings that differ</h2>\n";
  if (paths.empty()) return text + "<p class=\"note\">None, or the configs are not known.</p>\n";
  text += "<div class=\"scroll\"><table>\n<thead><tr><th></th>";
  for (size_t i = 0; i < runs.size(); ++i) text += "<th>" + run_name(runs, i) + "</th>";
  text += "</tr></thead>\n<tbody>\n";
  for (const std::string& path : paths) {
    text += "<tr><th><code>" + xml_text(path) + "</code></th>";
    for (size_t i = 0; i < runs.size(); ++i) text += has_config(runs[i]) ? value_cell(rows[path][i]) : "<td></td>";
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

std::string part_figure(const CountMatrix& matrix) { return "<div class=\"card\">" + matrix_plot(matrix) + "</div>\n"; }

std::string part_figure(const Chart& chart) { return chart_figure(chart, /*of_runs=*/false); }

std::string part_figure(const ReportTable& table) {
  std::string text = "<div class=\"scroll\"><table><thead><tr>";
  for (size_t i = 0; i < table.columns.size(); ++i)
    text += fmt::format("<th{}>{}</th>", i > 0 ? " class=\"n\"" : "", xml_text(table.columns[i]));
  text += "</tr></thead><tbody>\n";
  for (const std::vector<std::string>& row : table.rows) {
    text += "<tr>";
    for (size_t i = 0; i < row.size(); ++i)
      text += (i > 0 ? "<td class=\"n\">" : "<th>") + xml_text(row[i]) + (i > 0 ? "</td>" : "</th>");
    text += "</tr>\n";
  }
  return text + "</tbody></table></div>\n";
}

/// What the tests of the runs reported: a heading for each title, below it the parts run by run.
std::string report_sections(const std::vector<RunRecord>& runs) {
  std::vector<std::string_view> titles;
  std::map<std::string_view, std::string> below;
  for (size_t i = 0; i < runs.size(); ++i)
    for (const ReportSection& section : runs[i].sections) {
      const auto [at, is_new] = below.try_emplace(section.title);
      if (is_new) titles.push_back(section.title);
      std::string& text = at->second;
      if (runs.size() > 1) text += "<h3>" + run_name(runs, i) + "</h3>\n";
      text += "<div class=\"side\">\n";
      for (const ReportSection::Part& part : section.parts)
        text += std::visit([](const auto& each) { return part_figure(each); }, part);
      text += "</div>\n";
    }
  std::string text;
  for (const std::string_view title : titles) text += "<h2>" + xml_text(title) + "</h2>\n" + below[title];
  return text;
}

std::string pictures_section(const std::vector<RunRecord>& runs) {
  std::string text;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].pictures.empty()) continue;
    if (runs.size() > 1) text += "<h3>" + run_name(runs, i) + "</h3>\n";
    text += "<div class=\"pictures\">\n";
    for (const RunRecord::Picture& picture : runs[i].pictures)
      text += fmt::format(
          "<figure><img alt=\"{0}\" src=\"data:image/png;base64,{1}\"><figcaption>{0}</figcaption></figure>\n",
          xml_text(picture.name), base64(picture.png));
    text += "</div>\n";
  }
  return text.empty() ? "" : "<h2>Pictures</h2>\n" + text;
}

std::string config_section(const std::vector<RunRecord>& runs) {
  std::string text;
  for (size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].config_text.empty()) continue;
    std::string escaped;
    // Line by line: what escapes for attributes makes blanks of line feeds.
    for (size_t at = 0; at < runs[i].config_text.size();) {
      const size_t end = std::min(runs[i].config_text.find('\n', at), runs[i].config_text.size());
      escaped += xml_text(std::string_view(runs[i].config_text).substr(at, end - at)) + "\n";
      at = end + 1;
    }
    text += fmt::format("<details><summary>config{}</summary><div class=\"scroll\"><pre>{}</pre></div></details>\n",
                        runs.size() > 1 ? " of " + xml_text(runs[i].name) : "", escaped);
  }
  return text.empty() ? "" : "<h2>Config</h2>\n" + text;
}

}  // namespace

std::string report_page(const std::vector<RunRecord>& runs) {
  MILLRACE_ASSERT(!runs.empty(), "a report of no run");
  const std::string title = runs.size() == 1 ? xml_text(runs[0].name) : fmt::format("{} runs", runs.size());
  std::string text = fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n{}\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<title>{}</title>\n<style>\n{}</style>\n</"
      "head>\n<body>\n<main>\n",
      kMark, title, page_file("style.css"));
  text += header(runs) + summary_section(runs) + differences_section(runs) + curves_section(runs);
  text += report_sections(runs) + pictures_section(runs);
  if (const std::string machines = facts_table(runs, &RunRecord::environment, true); !machines.empty())
    text += "<h2>Environment</h2>\n" + machines;
  text += config_section(runs);
  text += "<footer>Made by millrace report " MILLRACE_VERSION ".</footer>\n</main>\n<script>\n";
  return text + page_file("script.js") + "</script>\n</body>\n</html>\n";
}

bool is_report_page(const std::string& content) { return content.substr(0, 400).find(kMark) != std::string::npos; }

}  // namespace millrace
