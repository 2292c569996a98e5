#include "millrace/optim/schedulers/schedule_facts.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"

namespace millrace {

void Range::check(const Range& range, Complaints& complaints) {
  if (range.convert_to_iter_based && !range.by_epoch)
    complaints.add("convert_to_iter_based",
                   "convert_to_iter_based needs by_epoch=True: the settings are iterations already");
  if (range.end && *range.end <= range.begin)
    complaints.add("end", fmt::format("end must be above begin, got begin {} and end {}", range.begin, *range.end));
}

Error ScheduleFacts::unknown_epoch() {
  return Error("convert_to_iter_based needs an epoch of known length")
      .help("by_epoch=False with begin and end in iterations");
}

Error ScheduleFacts::wrong_count(const std::string& key, size_t values, size_t groups) {
  return Error(fmt::format("{} lists {} values, the optimizer has {} parameter groups", key, values, groups))
      .help(key + "=0.0 is for all of them");
}

void ScheduleFacts::add_list(const char* key, const OneOrMany<double>& values) {
  if (values.is_list()) group_lists.emplace_back(key, values.size());
}

std::optional<Error> ScheduleFacts::misfit(const std::vector<std::string>& settings) const {
  const auto has = [&](const std::string& name) {
    return std::find(settings.begin(), settings.end(), name) != settings.end();
  };
  if (!param_name.empty() && !has(param_name))
    return Error("the optimizer has no setting '" + param_name + "' to schedule" + did_you_mean(param_name, settings))
        .note("settings: " + join(settings));
  if (moves_momentum && !has("momentum"))
    return Error("the optimizer has no momentum to cycle")
        .note("settings: " + join(settings))
        .help("cycle_momentum=False");
  return {};
}

std::optional<Error> ScheduleFacts::overrun(const Horizon& horizon) const {
  const int64_t whole = range.by_epoch ? horizon.max_epochs : horizon.max_iters;
  if (!total_steps || whole < 0) return {};
  const int64_t steps = std::min(range.end.value_or(whole), whole) - range.begin;
  if (steps <= *total_steps) return {};
  const char* const unit = range.by_epoch ? "epochs" : "iterations";
  return Error(fmt::format("total_steps is {}, but the schedule acts in {} {}", *total_steps, steps, unit))
      .help(fmt::format("total_steps={}", steps));
}

std::vector<std::string> ScheduleFacts::doubts(const Horizon& horizon) const {
  std::vector<std::string> doubts;
  const std::string subject = "a schedule of " + param_name;
  const char* const unit = range.by_epoch ? "epochs" : "iterations";
  const int64_t whole = range.by_epoch ? horizon.max_epochs : horizon.max_iters;
  if (range.by_epoch && !range.convert_to_iter_based && horizon.max_epochs == 1 && monitor.empty())
    doubts.push_back(subject +
                     " counts epochs, but the training is one epoch long: it changes nothing after the start; "
                     "by_epoch=False counts iterations");
  if (whole < 0) return doubts;
  if (whole <= range.begin)  // a training made shorter than its schedules: a try of one epoch
    doubts.push_back(fmt::format("{} begins after {} {}, and the training ends after {}: it does nothing", subject,
                                 range.begin, unit, whole));
  else if (range.end && *range.end > whole)
    doubts.push_back(fmt::format("{} ends after {} {}, and the training after {}: it does not come to its end", subject,
                                 *range.end, unit, whole));
  return doubts;
}

}  // namespace millrace
