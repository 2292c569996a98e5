#include "millrace/picture/curves.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "millrace/base/json_text.h"
#include "millrace/picture/chart.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();
constexpr double kTooLarge = 1e100;  // of a run that went astray; an axis of such numbers shows nothing
constexpr size_t kMaxPanels = 24;
constexpr size_t kMaxLinesOfPanel = 6;

std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return std::fabs(value.get<double>()) < kTooLarge ? value.get<double>() : kNoNumber;
  if (value.is_null()) return kNoNumber;
  return std::nullopt;  // a string or a list is nothing to draw
}

struct Series {
  std::string name;
  std::vector<ChartLine::Point> points;
};

/// Lines by name, in the order in which the names came up.
class SeriesList {
 public:
  void add(const std::string& name, double x, double y) {
    const auto found =
        std::find_if(all_.begin(), all_.end(), [&](const Series& series) { return series.name == name; });
    Series& series = found != all_.end() ? *found : all_.emplace_back(Series{name, {}});
    series.points.push_back({x, y});
  }
  std::vector<Series>& all() { return all_; }

 private:
  std::vector<Series> all_;
};

bool is_one_of(std::string_view key, std::initializer_list<std::string_view> keys) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

bool is_clock(std::string_view key) { return is_one_of(key, {"time", "data_time", "memory", "epoch", "iter", "step"}); }

bool is_learning_rate(std::string_view key) {
  const size_t begin = key.find_last_of("./");
  return is_one_of(begin == std::string_view::npos ? key : key.substr(begin + 1), {"lr", "base_lr"});
}

bool is_loss(std::string_view key) { return key.find("loss") != std::string_view::npos && key != "loss_scale"; }

/// What a file of records says, taken apart.
struct Records {
  SeriesList training, evaluation;
  bool counts_epochs = false;
  double last_iter = 0, last_epoch = 0;
  std::vector<double> iters_of_evaluation;  // how far the training was
};

Records read_records(std::string_view text) {
  Records records;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const Json line = Json::parse(strict_json(text.substr(0, end)), nullptr, /*allow_exceptions=*/false);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.is_object()) continue;
    const auto number = [&](const char* key) { return line.contains(key) ? number_of(line[key]) : std::nullopt; };
    const bool is_training = line.contains("iter");
    const double x = number(is_training ? "iter" : "step").value_or(kNoNumber);
    if (!std::isfinite(x)) continue;
    if (is_training) {
      records.last_iter = x;
      records.counts_epochs = records.counts_epochs || line.contains("epoch");
      records.last_epoch = std::max(records.last_epoch, number("epoch").value_or(0));
    } else {
      records.iters_of_evaluation.push_back(records.last_iter);
    }
    for (const auto& [key, value] : line.items()) {
      if (is_clock(key)) continue;
      if (const std::optional<double> y = number_of(value))
        (is_training ? records.training : records.evaluation).add(key, x, *y);
    }
  }
  return records;
}

/// Whether validations are at epochs of their own. Where the step does not rise (an iteration run whose log counts
/// epochs), the training's position is what is known.
bool steps_rise(const std::vector<ChartLine::Point>& points) {
  return std::adjacent_find(points.begin(), points.end(), [](const auto& a, const auto& b) { return b.x <= a.x; }) ==
         points.end();
}

std::vector<Chart> charts_of(Records& records) {
  Chart losses{"loss", "iteration", {}, /*may_be_logarithmic=*/true, false, /*shows_mean=*/true};
  Chart rates{"learning rate", "iteration", {}, false, false};
  std::vector<Chart> metrics, others;
  for (Series& series : records.training.all()) {
    ChartLine line{series.name, std::move(series.points)};
    if (is_learning_rate(series.name)) rates.lines.push_back(std::move(line));
    else if (is_loss(series.name)) losses.lines.push_back(std::move(line));
    else others.push_back({series.name, "iteration", {std::move(line)}, true, false, true});
  }
  for (Series& series : records.evaluation.all()) {
    const bool at_epochs =
        records.counts_epochs && steps_rise(series.points) && series.points.back().x <= records.last_epoch;
    if (records.counts_epochs && !at_epochs && series.points.size() == records.iters_of_evaluation.size())
      for (size_t i = 0; i < series.points.size(); ++i) series.points[i].x = records.iters_of_evaluation[i];
    metrics.push_back(
        {series.name, at_epochs ? "epoch" : "iteration", {{series.name, std::move(series.points)}}, false, true});
  }
  // The sum first: it is what the optimizer sees.
  std::stable_partition(losses.lines.begin(), losses.lines.end(),
                        [](const ChartLine& line) { return line.name == "loss"; });

  std::vector<Chart> charts;
  for (Chart* chart : {&losses, &rates}) {
    if (chart->lines.size() > kMaxLinesOfPanel) chart->lines.resize(kMaxLinesOfPanel);
    if (!chart->lines.empty()) charts.push_back(std::move(*chart));
  }
  for (std::vector<Chart>* group : {&metrics, &others})
    for (Chart& chart : *group)
      if (charts.size() < kMaxPanels) charts.push_back(std::move(chart));
  return charts;
}

std::string subtitle_of(const Records& records) {
  if (records.last_iter <= 0) return {};
  const auto count = [](double number, const char* what) {
    return fmt::format("{:.0f} {}{}", number, what, number == 1 ? "" : "s");
  };
  const std::string iterations = count(records.last_iter, "iteration");
  return records.counts_epochs ? count(records.last_epoch, "epoch") + ", " + iterations : iterations;
}

}  // namespace

std::vector<Chart> curves(const std::vector<std::pair<std::string, std::string>>& runs) {
  std::vector<Chart> together;
  for (size_t run = 0; run < runs.size(); ++run) {
    Records records = read_records(runs[run].second);
    std::vector<Chart> own = charts_of(records);
    if (runs.size() == 1) return own;
    for (Chart& chart : own) {
      for (ChartLine& line : chart.lines) {
        const std::string title = line.name == "lr" ? "learning rate" : line.name;
        auto same = std::find_if(together.begin(), together.end(), [&](const Chart& other) {
          return other.title == title && other.x_label == chart.x_label;
        });
        if (same == together.end()) {
          together.push_back(chart);
          same = together.end() - 1;
          same->title = title;
          // A line for each run, so that a run has the same colour everywhere.
          same->lines.clear();
          for (const auto& [name, text] : runs) same->lines.push_back({name, {}});
        }
        same->lines[run].points = std::move(line.points);
      }
    }
  }
  return together;
}

std::string curves_svg(std::string_view scalars, std::string_view title) {
  Records records = read_records(scalars);
  const std::vector<Chart> charts = charts_of(records);
  return draw_charts(charts, title, subtitle_of(records));
}

}  // namespace millrace
