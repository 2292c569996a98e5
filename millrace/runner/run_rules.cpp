#include "millrace/runner/run_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "millrace/base/text.h"
#include "millrace/eval/evaluator.h"
#include "millrace/optim/optim_set.h"
#include "millrace/runner/runner_options.h"

namespace millrace {

namespace {

template <class Base>
Place place_in(const Component<Base>& component, const char* key) {
  const Value* value = component.config().find(key);
  return value && value->place().known() ? value->place() : component.config().place();
}

void complain(Complaints& complaints, const char* key, const Error& error, const Place& place) {
  Error& added = complaints.add(key, error.summary()) = error;
  added.locate(place);
}

using Schedule = Component<ParamScheduler>;
void for_each_schedule(const RunnerOptions& options,
                       const std::function<void(const std::string& optim, const Schedule& schedule)>& visit) {
  for (const auto& [name, schedules] : options.param_scheduler.entries)
    for (const Schedule& schedule : schedules) visit(name, schedule);
}

void check_names(const RunnerOptions& options, Complaints& complaints) {
  std::vector<std::string> names;
  for (const auto& [name, components] : options.optim_wrapper.entries) names.push_back(name);
  if (names.size() > 1 && options.model->facts().has_one_optimizer)
    complaints.add("optim_wrapper", "") = OptimSet::not_one(names);
  if (!options.param_scheduler.empty() && options.optim_wrapper.empty())
    complaints.add("param_scheduler", "param_scheduler needs optim_wrapper");
  else
    for (const auto& [name, components] : options.param_scheduler.entries)
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        complaints.add("param_scheduler", "no optimizer '" + name + "'" + did_you_mean(name, names))
            .note("optimizers: " + (names[0].empty() ? std::string("one without a name") : join(names)));
}

void check_precision(const RunnerOptions& options, Complaints& complaints) {
  std::optional<Precision> wanted = options.precision;
  std::string who = "precision";
  for (const auto& [name, components] : options.optim_wrapper.entries) {
    for (const auto& component : components) {
      const std::optional<Precision> own = component.facts().precision;
      if (!own) continue;
      const std::string key = name.empty() ? "optim_wrapper" : "optim_wrapper." + name;
      if (wanted && *wanted != *own)
        complaints
            .add("optim_wrapper", fmt::format("{} asks for {}, {} for {}: a run has one precision", who,
                                              precision_name(*wanted), key, precision_name(*own)))
            .locate(component.config().place());
      wanted = own;
      who = key;
    }
  }
}

/// Whether the optimizers have the settings and the groups that their schedules need.
void check_settings(const RunnerOptions& options, Complaints& complaints) {
  for_each_schedule(options, [&](const std::string& name, const Schedule& schedule) {
    const ScheduleFacts facts = schedule.facts();
    for (const auto& [optim, components] : options.optim_wrapper.entries) {
      if ((!name.empty() && name != optim) || components.size() != 1) continue;
      const OptimWrapper::Facts of_optim = components[0].facts();
      std::optional<Error> error;
      const char* key = "param_name";
      if (of_optim.settings) error = facts.misfit(*of_optim.settings);
      for (const auto& [list, length] : facts.group_lists) {
        if (error || length == 1 || of_optim.by_parameter.value_or(true)) continue;
        error = ScheduleFacts::wrong_count(list, length, 1);
        key = list;
      }
      if (!error) continue;
      complain(complaints, "param_scheduler", *error, place_in(schedule, key));
      break;
    }
  });
}

/// Whether the number of batches in a pass over the training data is unknown.
bool is_endless(const RunnerOptions& options) {
  if (options.train_dataloader.instance()) return options.train_dataloader.instance()->length() < 0;
  const DataLoader::Options* loader = options.train_dataloader.options();
  return loader && (*loader->dataset).facts().is_stream && !loader->num_batch_per_epoch && !options.limit_batches;
}

bool has_validation(const RunnerOptions& options) {
  return options.val_dataloader.has_value() && !options.val_cfg.empty() && !options.val_evaluator.empty();
}

/// Whether schedules last as long as the training.
void check_lengths(const RunnerOptions& options, Complaints& complaints) {
  const Horizon horizon = options.train_cfg.facts();
  for_each_schedule(options, [&](const std::string&, const Schedule& schedule) {
    if (const std::optional<Error> overrun = schedule.facts().overrun(horizon))
      complain(complaints, "param_scheduler", *overrun, place_in(schedule, "total_steps"));
  });
}

/// What schedules need of the data and the validation.
void check_surroundings(const RunnerOptions& options, Complaints& complaints) {
  for_each_schedule(options, [&](const std::string&, const Schedule& schedule) {
    const ScheduleFacts facts = schedule.facts();
    if (facts.range.convert_to_iter_based && is_endless(options))
      complain(complaints, "param_scheduler", ScheduleFacts::unknown_epoch(),
               place_in(schedule, "convert_to_iter_based"));
    if (!facts.monitor.empty() && !has_validation(options))
      complain(complaints, "param_scheduler",
               Error("a schedule depends on '" + facts.monitor + "' of the validation, but the run has no validation")
                   .note("val_dataloader, val_cfg and val_evaluator make one"),
               place_in(schedule, "monitor"));
  });
}

using Figures = std::vector<Metric::Figure>;

/// Complains about names that two metrics give.
void check_given_twice(const EvaluatorConfig& evaluator, const char* key, Complaints& complaints) {
  std::set<std::string> given;
  for (const Component<Metric>& metric : evaluator.metrics) {
    const Metric::Facts facts = metric.facts();
    if (!facts.figures) continue;
    for (const Metric::Figure& figure : *facts.figures) {
      if (given.insert(figure.name).second) continue;
      complain(complaints, key, Evaluator::given_twice(figure.name), metric.config().place());
      break;
    }
  }
}

/// All values that a validation may give; nothing if they are unknown for one of its metrics.
std::optional<Figures> figures_of(const EvaluatorConfig& evaluator) {
  Figures all;
  for (const Component<Metric>& metric : evaluator.metrics) {
    const Metric::Facts facts = metric.facts();
    if (!facts.figures) return std::nullopt;
    for (const Figures& figures : {*facts.figures, facts.otherwise})
      for (const Metric::Figure& figure : figures)
        if (std::none_of(all.begin(), all.end(), [&](const auto& one) { return one.name == figure.name; }))
          all.push_back(figure);
  }
  return all;
}

/// Those of val_evaluator, and of val_sets under their names.
std::optional<Figures> figures_of_validation(const RunnerOptions& options) {
  if (options.val_cfg.facts().gives_losses) return std::nullopt;  // nobody knows the names of a model's losses
  std::optional<Figures> all = figures_of(options.val_evaluator);
  for (const auto& [name, set] : options.val_sets) {
    const std::optional<Figures> own = figures_of(set.evaluator.empty() ? options.val_evaluator : set.evaluator);
    if (!own || !all) return std::nullopt;
    for (Metric::Figure figure : *own) {
      figure.name = name + "/" + figure.name;
      all->push_back(std::move(figure));
    }
  }
  return all;
}

void check_monitor(const Schedule& schedule, const Figures& figures, Complaints& complaints) {
  const std::string monitor = schedule.facts().monitor;
  if (monitor.empty()) return;
  std::vector<std::string> names;
  for (const Metric::Figure& figure : figures) names.push_back(figure.name);
  try {
    const std::string& name = MetricMap::resolve(monitor, names);
    const Metric::Figure& figure = figures[static_cast<size_t>(&name - names.data())];
    if (!figure.is_number) throw Error("the metric '" + name + "' is not a number, so no schedule can depend on it");
  } catch (const Error& error) {
    complain(complaints, "param_scheduler", error, place_in(schedule, "monitor"));
  }
}

void check_hook(const Component<Hook>& hook, const char* key, const Figures& figures, Complaints& complaints) {
  const Hook::Facts facts = hook.facts();
  if (!facts.check_figures) return;
  Complaints own(hook.type());
  facts.check_figures(figures, own);
  for (const auto& [option, error] : own.all()) complain(complaints, key, error, place_in(hook, option.c_str()));
}

}  // namespace

void check_schedules(const RunnerOptions& options, Complaints& complaints) {
  check_names(options, complaints);
  check_settings(options, complaints);
  check_lengths(options, complaints);
}

void check_optimizers(const RunnerOptions& options, Complaints& complaints) {
  check_precision(options, complaints);
  if (options.optim_wrapper.made_elsewhere) return;
  check_schedules(options, complaints);
  check_surroundings(options, complaints);
}

void check_figures(const RunnerOptions& options, Complaints& complaints) {
  check_given_twice(options.val_evaluator, "val_evaluator", complaints);
  check_given_twice(options.test_evaluator, "test_evaluator", complaints);
  for (const auto& [name, set] : options.val_sets) check_given_twice(set.evaluator, "val_sets", complaints);
  if (options.train_cfg.empty() || !has_validation(options)) return;
  const std::optional<Figures> figures = figures_of_validation(options);
  if (!figures || figures->empty()) return;
  for_each_schedule(
      options, [&](const std::string&, const Schedule& schedule) { check_monitor(schedule, *figures, complaints); });
  for (const auto& [name, hook] : options.default_hooks.hooks) check_hook(hook, "default_hooks", *figures, complaints);
  for (const Component<Hook>& hook : options.custom_hooks) check_hook(hook, "custom_hooks", *figures, complaints);
}

std::vector<Error> doubts_of(const RunnerOptions& options) {
  std::vector<Error> doubts;
  const Horizon horizon = options.train_cfg.facts();
  for_each_schedule(options, [&](const std::string&, const Schedule& schedule) {
    const ScheduleFacts facts = schedule.facts();
    if (facts.param_name.empty()) return;
    for (std::string& doubt : facts.doubts(horizon)) doubts.emplace_back(schedule.config().place(), std::move(doubt));
  });
  return doubts;
}

}  // namespace millrace
