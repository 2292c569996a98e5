#include "millrace/zoo/classification/view/class_scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "millrace/log/table.h"

namespace millrace::classification {
namespace {

constexpr int64_t kMostRows = 40, kWorstRows = 20, kMostCounts = 12;
constexpr size_t kMostMixUps = 5;

struct MixUp {
  int64_t truth, predicted, count;
};

std::vector<MixUp> mix_ups(const CountMatrix& confusion) {
  std::vector<MixUp> found;
  for (int64_t truth = 0; truth < confusion.size(); ++truth)
    for (int64_t predicted = 0; predicted < confusion.size(); ++predicted)
      if (truth != predicted && confusion.count(truth, predicted) > 0)
        found.push_back({truth, predicted, confusion.count(truth, predicted)});
  std::stable_sort(found.begin(), found.end(), [](const MixUp& a, const MixUp& b) { return a.count > b.count; });
  if (found.size() > kMostMixUps) found.resize(kMostMixUps);
  return found;
}

const std::string& class_of(const CountMatrix& confusion, int64_t k) { return confusion.names[static_cast<size_t>(k)]; }

std::vector<std::string> score_row(const std::string& name, const ClassScores& scores) {
  return {name, fmt::format("{:.2f}", scores.precision), fmt::format("{:.2f}", scores.recall),
          fmt::format("{:.2f}", scores.f1), std::to_string(scores.support)};
}

std::string score_lines(const CountMatrix& confusion) {
  std::vector<int64_t> shown(static_cast<size_t>(confusion.size()));
  std::iota(shown.begin(), shown.end(), 0);
  std::string note;
  if (confusion.size() > kMostRows) {
    std::stable_sort(shown.begin(), shown.end(), [&](int64_t a, int64_t b) {
      return scores_of_class(confusion, a).f1 < scores_of_class(confusion, b).f1;
    });
    shown.resize(kWorstRows);
    note = fmt::format("the {} of {} classes with the lowest f1:\n", kWorstRows, confusion.size());
  }
  using enum Table::Align;
  Table table({{"class", left}, {"precision", right}, {"recall", right}, {"f1", right}, {"support", right}});
  for (const int64_t k : shown) table.add(score_row(class_of(confusion, k), scores_of_class(confusion, k)));
  table.add(score_row("mean of all classes", mean_scores(confusion)));
  return note + table.str();
}

std::string count_lines(const CountMatrix& confusion) {
  std::vector<Table::Column> columns = {{"label \\ predicted", Table::Align::left}};
  for (int64_t k = 0; k < confusion.size(); ++k) columns.push_back({std::to_string(k), Table::Align::right});
  Table table(std::move(columns));
  for (int64_t truth = 0; truth < confusion.size(); ++truth) {
    std::vector<std::string> row = {fmt::format("{} {}", truth, class_of(confusion, truth))};
    for (int64_t predicted = 0; predicted < confusion.size(); ++predicted) {
      const int64_t count = confusion.count(truth, predicted);
      row.push_back(count == 0 ? "." : std::to_string(count));
    }
    table.add(std::move(row));
  }
  return table.str();
}

}  // namespace

ClassScores scores_of_class(const CountMatrix& confusion, int64_t label) {
  const int64_t support = confusion.row_sum(label), hits = confusion.count(label, label);
  int64_t predicted = 0;
  for (int64_t k = 0; k < confusion.size(); ++k) predicted += confusion.count(k, label);
  const auto percent = [&](int64_t all) {
    return all > 0 ? 100 * static_cast<double>(hits) / static_cast<double>(all) : 0;
  };
  const double precision = percent(predicted), recall = percent(support);
  return {precision, recall, precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0, support};
}

ClassScores mean_scores(const CountMatrix& confusion) {
  ClassScores mean{};
  for (int64_t k = 0; k < confusion.size(); ++k) {
    const ClassScores own = scores_of_class(confusion, k);
    mean = {mean.precision + own.precision, mean.recall + own.recall, mean.f1 + own.f1, mean.support + own.support};
  }
  const auto classes = static_cast<double>(std::max<int64_t>(1, confusion.size()));
  return {mean.precision / classes, mean.recall / classes, mean.f1 / classes, mean.support};
}

std::string class_report(const CountMatrix& confusion) {
  const std::string text = score_lines(confusion);
  if (confusion.size() <= kMostCounts) return text + "\n" + count_lines(confusion);
  const std::vector<MixUp> most = mix_ups(confusion);
  if (most.empty()) return text;
  std::string mixed = "\nmixed up most often:\n";
  for (const MixUp& mix_up : most)
    mixed += fmt::format("  {} taken for {}: {} of {}\n", class_of(confusion, mix_up.truth),
                         class_of(confusion, mix_up.predicted), mix_up.count, confusion.row_sum(mix_up.truth));
  return text + mixed;
}

ReportTable score_table(const CountMatrix& confusion) {
  ReportTable table{{"class", "precision", "recall", "F1", "samples"}, {}};
  for (int64_t k = 0; k < confusion.size(); ++k)
    table.rows.push_back(score_row(class_of(confusion, k), scores_of_class(confusion, k)));
  table.rows.push_back(score_row("mean", mean_scores(confusion)));
  return table;
}

std::string counts_json(const CountMatrix& confusion) {
  nlohmann::ordered_json json = {{"classes", confusion.names}, {"counts", nlohmann::ordered_json::array()}};
  for (int64_t k = 0; k < confusion.size(); ++k) {
    const auto row = confusion.counts.begin() + k * confusion.size();
    json["counts"].push_back(std::vector<int64_t>(row, row + confusion.size()));
  }
  // A class's name that is no UTF-8 is not worth losing the counts for.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace millrace::classification
