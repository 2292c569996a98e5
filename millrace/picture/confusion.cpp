#include "millrace/picture/confusion.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/table.h"
#include "millrace/picture/chart.h"

namespace millrace {
namespace {

constexpr int64_t kMostRows = 40, kWorstRows = 20, kMostCounts = 12;
constexpr size_t kMostMixUps = 5;

struct MixUp {
  int64_t truth, said, count;
};

std::vector<MixUp> mix_ups(const Confusion& confusion) {
  std::vector<MixUp> found;
  for (int64_t truth = 0; truth < confusion.size(); ++truth)
    for (int64_t said = 0; said < confusion.size(); ++said)
      if (truth != said && confusion.count(truth, said) > 0)
        found.push_back({truth, said, confusion.count(truth, said)});
  std::stable_sort(found.begin(), found.end(), [](const MixUp& a, const MixUp& b) { return a.count > b.count; });
  if (found.size() > kMostMixUps) found.resize(kMostMixUps);
  return found;
}

const std::string& class_of(const Confusion& confusion, int64_t k) { return confusion.classes[static_cast<size_t>(k)]; }

void add_scores(Table& table, const std::string& name, const Confusion::Scores& scores) {
  table.add({name, fmt::format("{:.2f}", scores.precision), fmt::format("{:.2f}", scores.recall),
             fmt::format("{:.2f}", scores.f1), std::to_string(scores.support)});
}

std::string score_table(const Confusion& confusion) {
  std::vector<int64_t> shown(static_cast<size_t>(confusion.size()));
  std::iota(shown.begin(), shown.end(), 0);
  std::string note;
  if (confusion.size() > kMostRows) {
    std::stable_sort(shown.begin(), shown.end(),
                     [&](int64_t a, int64_t b) { return confusion.scores(a).f1 < confusion.scores(b).f1; });
    shown.resize(kWorstRows);
    note = fmt::format("the {} of {} classes with the lowest f1:\n", kWorstRows, confusion.size());
  }
  using enum Table::Align;
  Table table({{"class", left}, {"precision", right}, {"recall", right}, {"f1", right}, {"support", right}});
  for (const int64_t k : shown) add_scores(table, class_of(confusion, k), confusion.scores(k));
  add_scores(table, "mean of all classes", confusion.mean());
  return note + table.str();
}

std::string count_table(const Confusion& confusion) {
  std::vector<Table::Column> columns = {{"truth \\ said", Table::Align::left}};
  for (int64_t k = 0; k < confusion.size(); ++k) columns.push_back({std::to_string(k), Table::Align::right});
  Table table(std::move(columns));
  for (int64_t truth = 0; truth < confusion.size(); ++truth) {
    std::vector<std::string> row = {fmt::format("{} {}", truth, class_of(confusion, truth))};
    for (int64_t said = 0; said < confusion.size(); ++said) {
      const int64_t count = confusion.count(truth, said);
      row.push_back(count == 0 ? "." : std::to_string(count));
    }
    table.add(std::move(row));
  }
  return table.str();
}

constexpr const char* kMatrixStyle =
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif;font-size:11px;fill:#64748b}"
    ".page{font-size:19px;font-weight:600;fill:#0f172a}.name{fill:#334155}.card{fill:#fff;stroke:#e2e8f0}"
    ".right{fill:#2563eb}.wrong{fill:#ea580c}.cell{fill:#334155}.bright{fill:#fff}";

}  // namespace

Confusion::Scores Confusion::scores(int64_t of) const {
  int64_t labels = 0, predicted = 0;
  for (int64_t k = 0; k < size(); ++k) labels += count(of, k), predicted += count(k, of);
  const auto percent = [&](int64_t all) {
    return all > 0 ? 100 * static_cast<double>(count(of, of)) / static_cast<double>(all) : 0;
  };
  const double precision = percent(predicted), recall = percent(labels);
  return {precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0, labels};
}

Confusion::Scores Confusion::mean() const {
  Scores mean{};
  for (int64_t k = 0; k < size(); ++k) {
    const Scores own = scores(k);
    mean = {mean.precision + own.precision, mean.recall + own.recall, mean.f1 + own.f1, mean.support + own.support};
  }
  const double classes = static_cast<double>(std::max<int64_t>(1, size()));
  return {mean.precision / classes, mean.recall / classes, mean.f1 / classes, mean.support};
}

std::string confusion_text(const Confusion& confusion) {
  std::string text = score_table(confusion);
  if (confusion.size() <= kMostCounts) return text + "\n" + count_table(confusion);
  const std::vector<MixUp> most = mix_ups(confusion);
  if (most.empty()) return text;
  text += "\nmixed up most often:\n";
  for (const MixUp& mix_up : most)
    text += fmt::format("  {} taken for {}: {} of {}\n", class_of(confusion, mix_up.truth),
                        class_of(confusion, mix_up.said), mix_up.count, confusion.scores(mix_up.truth).support);
  return text;
}

namespace {

/// Where things of a drawing are, in CSS pixels.
struct MatrixFrame {
  explicit MatrixFrame(const Confusion& confusion) {
    const int64_t classes = confusion.size();
    cell = classes <= 12 ? 46 : classes <= 24 ? 32 : std::max(5.0, 720.0 / static_cast<double>(classes));
    has_names = cell >= 9;
    has_counts = cell >= 30;
    size_t longest = 5;
    for (const std::string& name : confusion.classes) longest = std::max(longest, std::min(name.size(), kLongestName));
    const double names = has_names ? 6.4 * static_cast<double>(longest) + 12 : 16;
    side = cell * static_cast<double>(classes);
    left = 44 + names;
    top = has_names ? names * 0.8 + 6 : 12;
    width = left + side + 28 + (has_names ? names * 0.45 : 0);
    height = top + side + 36;
  }
  static constexpr size_t kLongestName = 24;
  double cell, side, left, top, width, height;
  bool has_names, has_counts;
};

std::string matrix_marks(const Confusion& confusion, const MatrixFrame& frame) {
  const auto& [cell, side, left, top, width, height, has_names, has_counts] = frame;
  std::string text = fmt::format(
      "<text x=\"{0:.0f}\" y=\"{1:.0f}\" text-anchor=\"middle\" transform=\"rotate(-90 {0:.0f} "
      "{1:.0f})\">truth</text>\n"
      "<text x=\"{2:.0f}\" y=\"{3:.0f}\" text-anchor=\"middle\">what the network says</text>\n",
      26.0, top + side / 2, left + side / 2, top + side + 22);
  for (int64_t k = 0; has_names && k < confusion.size(); ++k) {
    const double at = (static_cast<double>(k) + 0.5) * cell;
    const std::string name = xml_text(cut_utf8(class_of(confusion, k), MatrixFrame::kLongestName));
    text += fmt::format("<text class=\"name\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n", left - 8,
                        top + at + 4, name);
    text += fmt::format(
        "<text class=\"name\" x=\"{0:.1f}\" y=\"{1:.1f}\" transform=\"rotate(-50 {0:.1f} {1:.1f})\">{2}</text>\n",
        left + at, top - 8, name);
  }
  for (int64_t truth = 0; truth < confusion.size(); ++truth) {
    const int64_t support = confusion.scores(truth).support;
    for (int64_t said = 0; said < confusion.size(); ++said) {
      const int64_t count = confusion.count(truth, said);
      if (count == 0) continue;
      const double share = static_cast<double>(count) / static_cast<double>(support);
      const double x = left + static_cast<double>(said) * cell, y = top + static_cast<double>(truth) * cell;
      // The least share is still seen.
      text += fmt::format(
          "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" rx=\"2\" "
          "fill-opacity=\"{:.3f}\"><title>{} taken for {}: {} of {}</title></rect>",
          truth == said ? "right" : "wrong", x + 0.5, y + 0.5, cell - 1, cell - 1, 0.07 + 0.93 * share,
          xml_text(class_of(confusion, truth)), xml_text(class_of(confusion, said)), count, support);
      if (has_counts)
        text += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>",
                            share > 0.5 ? "bright" : "cell", x + cell / 2, y + cell / 2 + 4, count);
      text += '\n';
    }
  }
  return text;
}

}  // namespace

std::string confusion_plot(const Confusion& confusion) {
  MILLRACE_ASSERT(confusion.size() > 0 && confusion.size() <= kMostClassesDrawn, "a matrix too large to be drawn");
  const MatrixFrame frame(confusion);
  return fmt::format("<svg class=\"matrix\" viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\">\n", frame.width, frame.height) +
         matrix_marks(confusion, frame) + "</svg>\n";
}

std::string confusion_svg(const Confusion& confusion, std::string_view title) {
  MILLRACE_ASSERT(confusion.size() > 0 && confusion.size() <= kMostClassesDrawn, "a matrix too large to be drawn");
  constexpr double kHeader = 50;
  const MatrixFrame frame(confusion);
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
             "height=\"{1:.0f}\" role=\"img\">\n<title>{2}</title>\n<style>{3}</style>\n"
             "<rect class=\"card\" width=\"100%\" height=\"100%\"/>\n<text class=\"page\" x=\"28\" "
             "y=\"36\">{2}</text>\n<g transform=\"translate(0,{4:.0f})\">\n",
             frame.width, frame.height + kHeader, xml_text(title), kMatrixStyle, kHeader) +
         matrix_marks(confusion, frame) + "</g>\n</svg>\n";
}

std::string confusion_json(const Confusion& confusion) {
  nlohmann::ordered_json json = {{"classes", confusion.classes}, {"counts", nlohmann::ordered_json::array()}};
  for (int64_t k = 0; k < confusion.size(); ++k) {
    const auto row = confusion.counts.begin() + k * confusion.size();
    json["counts"].push_back(std::vector<int64_t>(row, row + confusion.size()));
  }
  // A class's name that is no UTF-8 is not worth losing the counts for.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Confusion confusion_from_json(const std::string& text, const std::string& path) {
  const Error refused(Place(path), "this is no table of classes and counts");
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object() || !json.contains("classes") || !json.contains("counts")) throw refused;
  Confusion confusion;
  try {
    confusion.classes = json["classes"].get<std::vector<std::string>>();
    for (const auto& row : json["counts"]) {
      const auto counts = row.get<std::vector<int64_t>>();
      if (counts.size() != confusion.classes.size()) throw refused;
      confusion.counts.insert(confusion.counts.end(), counts.begin(), counts.end());
    }
  } catch (const nlohmann::json::exception&) {
    throw refused;
  }
  const bool is_square = confusion.counts.size() == confusion.classes.size() * confusion.classes.size();
  const bool is_count = std::all_of(confusion.counts.begin(), confusion.counts.end(), [](int64_t n) { return n >= 0; });
  if (confusion.classes.empty() || !is_square || !is_count) throw refused;
  return confusion;
}

}  // namespace millrace
