#include "millrace/cli/lr_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/base/text.h"
#include "millrace/config/json.h"
#include "millrace/log/table.h"

namespace millrace {

namespace {

constexpr int64_t kMostRows = 13;

std::string numbers_json(const std::vector<double>& numbers) {
  std::string text = "[";
  for (size_t i = 0; i < numbers.size(); ++i)
    text += (i == 0 ? "" : ", ") + (std::isfinite(numbers[i]) ? repr(numbers[i]) : "null");
  return text + "]";
}

std::string series_json(const OptimSeries& series) {
  const bool has_momentum = series.momentum.size() == series.lr.size() && !series.lr.empty();
  return "{\"lr\": " + numbers_json(series.lr) +
         ", \"momentum\": " + (has_momentum ? numbers_json(series.momentum) : "null") + "}";
}

bool is_single(const ScheduleSeries& series) { return series.optims.size() == 1 && series.optims[0].optim.empty(); }

/// The iterations of the table: of a few epochs the first of each, else some at equal distances; and the last.
std::vector<int64_t> rows_of(const ScheduleSeries& series) {
  std::vector<int64_t> rows;
  const int64_t last = series.iters - 1;
  const int64_t epochs = series.by_epoch && series.iters_per_epoch > 0 ? series.iters / series.iters_per_epoch : 0;
  if (epochs >= 3 && epochs < kMostRows) {
    for (int64_t epoch = 0; epoch < epochs; ++epoch) rows.push_back(epoch * series.iters_per_epoch);
  } else {
    const int64_t stretches = std::min(kMostRows - 1, last);
    for (int64_t i = 0; i < stretches; ++i) rows.push_back(last * i / stretches);
  }
  if (last >= 0 && (rows.empty() || rows.back() != last)) rows.push_back(last);
  return rows;
}

std::string figure(double value) { return fmt::format("{:.6g}", value); }

}  // namespace

std::string lr_json(const ScheduleSeries& series) {
  if (is_single(series)) return series_json(series.optims[0]) + "\n";
  std::string text;
  for (const OptimSeries& one : series.optims)
    text += (text.empty() ? "" : ", ") + std::string(trim(to_json(Value(one.optim)))) + ": " + series_json(one);
  return "{" + text + "}\n";
}

std::string length_text(const ScheduleSeries& series) {
  if (!series.by_epoch) return counted(series.iters, "iteration");
  const int64_t epochs = series.iters_per_epoch > 0 ? series.iters / series.iters_per_epoch : 0;
  return counted(epochs, "epoch") + " of " + counted(series.iters_per_epoch, "iteration");
}

std::string lr_table(const ScheduleSeries& series) {
  constexpr Table::Align kRight = Table::Align::right;
  std::vector<Table::Column> columns = {{"iteration", kRight}};
  if (series.by_epoch) columns.push_back({"epoch", kRight});
  for (const OptimSeries& one : series.optims) {
    const std::string prefix = one.optim.empty() ? "" : one.optim + ".";
    columns.push_back({prefix + "lr", kRight});
    if (!one.momentum.empty()) columns.push_back({prefix + "momentum", kRight});
  }
  Table table(std::move(columns));
  for (const int64_t k : rows_of(series)) {
    std::vector<std::string> cells = {std::to_string(k + 1)};
    if (series.by_epoch) cells.push_back(std::to_string(k / series.iters_per_epoch + 1));
    for (const OptimSeries& one : series.optims) {
      cells.push_back(figure(one.lr[static_cast<size_t>(k)]));
      if (!one.momentum.empty()) cells.push_back(figure(one.momentum[static_cast<size_t>(k)]));
    }
    table.add(std::move(cells));
  }
  return length_text(series) + "\n" + (table.empty() ? "" : "\n" + table.str());
}

std::vector<Chart> lr_charts(const ScheduleSeries& series) {
  Chart rates{.title = "learning rate", .x_label = "iteration"}, momenta{.title = "momentum", .x_label = "iteration"};
  const auto add = [](Chart& chart, const std::string& name, const std::vector<double>& values) {
    if (values.empty()) return;
    ChartLine& line = chart.lines.emplace_back(ChartLine{name.empty() ? chart.title : name, {}});
    line.points.reserve(values.size());
    for (size_t i = 0; i < values.size(); ++i) line.points.push_back({static_cast<double>(i + 1), values[i]});
  };
  for (const OptimSeries& one : series.optims) {
    add(rates, one.optim, one.lr);
    add(momenta, one.optim, one.momentum);
  }
  std::vector<Chart> charts;
  for (Chart* chart : {&rates, &momenta})
    if (!chart->lines.empty()) charts.push_back(std::move(*chart));
  return charts;
}

}  // namespace millrace
