#include "millrace/runner/sanity_check.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <typeinfo>

#include "millrace/base/at_end.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/dist/together.h"
#include "millrace/eval/evaluator.h"
#include "millrace/model/layer_paths.h"
#include "millrace/model/model.h"
#include "millrace/model/training_modes.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/eval_loop.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/runner/storing_metrics.h"
#include "millrace/structures/batch.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

/// Whether a pass can be broken off as if it had not begun.
bool can_begin_anew(const DataLoader& loader) {
  const auto* stream = dynamic_cast<const StreamDataset*>(&loader.dataset());
  return !stream || !stream->state_dict().is_none();
}

/// The metrics of the validation that the run makes, new ones, without those that write files.
std::vector<std::shared_ptr<Metric>> new_metrics(const EvaluatorConfig& config) {
  std::vector<std::shared_ptr<Metric>> metrics;
  for (const Component<Metric>& metric : config.metrics)
    if (!metric.instance() && !only_stores(metric)) metrics.push_back(metric.build());
  return metrics;
}

void try_batches(Runner& runner, Evaluator& evaluator, EvalLosses& losses, const EvalLoop& loop) {
  DataLoader& loader = runner.loader(Mode::val);
  const State place = loader.state();
  const at::NoGradGuard no_grad;
  loader.start(0, 0, DataLoader::Makers::caller);
  for (int64_t i = 0; i < runner.options().sanity_val_batches; ++i) {
    Batch* batch = loader.next();
    if (!batch) break;
    {
      const PrecisionScope scope(loop.precision(), runner.context().device);
      with_layer_paths(runner.model(), [&] {
        runner.model().val_step(*batch);
        if (loop.gives_losses()) losses.add(runner.model(), *batch);
      });
    }
    evaluator.process(*batch);
  }
  loader.stop();
  if (dynamic_cast<const StreamDataset*>(&loader.dataset())) loader.load_state(place);
}

/// Tries the set at hand; nothing if no rank had a row, or if some metrics were not tried.
std::optional<MetricMap> tried_figures(Runner& runner, const EvaluatorConfig& config, const EvalLoop& loop) {
  Ranks& ranks = runner.context().ranks;
  Evaluator evaluator(new_metrics(config));
  evaluator.set_dataset_meta(runner.loader(Mode::val).dataset_meta());
  EvalLosses losses;
  together(ranks, [&] { try_batches(runner, evaluator, losses, loop); });
  if (ranks.agree(evaluator.samples() > 0 ? 1 : 0) == 0) return std::nullopt;
  MetricMap figures = evaluator.evaluate(ranks);
  if (loop.gives_losses()) losses.give(figures, Mode::val, ranks);
  // Those of the metrics that were not tried are not known.
  const auto is_untried = [](const auto& metric) { return metric.instance() && !only_stores(metric); };
  if (std::any_of(config.metrics.begin(), config.metrics.end(), is_untried)) return std::nullopt;
  return figures;
}

void check_figures(Runner& runner, const MetricMap& figures) {
  for (const auto& hook : runner.hooks().all()) hook->check_metrics(figures);
  const ParamSchedulers& schedulers = *runner.schedulers();
  for (size_t i = 0; i < schedulers.size(); ++i)
    if (schedulers[i].observes()) figures.resolve(schedulers[i].facts().monitor);
}

/// Of the validation and all val_sets.
void try_validation(Runner& runner, const EvalLoop& loop) {
  const RunnerOptions& options = runner.options();
  std::optional<MetricMap> all = tried_figures(runner, options.val_evaluator, loop);
  for (size_t i = 0; i < runner.val_sets(); ++i) {
    const Runner::InValSet in_set(runner, i);
    if (!can_begin_anew(runner.loader(Mode::val))) return;
    const EvaluatorConfig& own = options.val_sets.at(in_set.name()).evaluator;
    const std::optional<MetricMap> figures = tried_figures(runner, own.empty() ? options.val_evaluator : own, loop);
    if (!figures) all.reset();
    if (!all) continue;
    for (const MetricMap::Entry& figure : *figures) all->add(in_set.name() + "/" + figure.name, figure.value);
  }
  if (all) check_figures(runner, *all);  // those of the metrics that were not tried are not known
}

}  // namespace

void check_validation(Runner& runner, const EvalLoop& loop) {
  Ranks& ranks = runner.context().ranks;
  if (ranks.agree(runner.loader_length(Mode::val) != 0 ? 1 : 0) == 0)
    throw Error("the validation data give no batch: the dataset is empty, or drop_last leaves nothing");
  const int64_t most = runner.options().sanity_val_batches;
  const bool is_skipped = most == 0 || typeid(loop) != typeid(ValLoop) || !can_begin_anew(runner.loader(Mode::val));
  if (ranks.agree(is_skipped ? 1 : 0) != 0) return;

  const at::Tensor random = generator_state();
  const TrainingModes before(runner.model());
  const auto try_it = [&] {
    runner.model().set_training(false);
    try {
      try_validation(runner, loop);
    } catch (Error& error) {
      error.note(
          fmt::format("while trying {} batches of the validation before the first step (sanity_val_batches)", most));
      throw;
    }
  };
  in_any_case(try_it, [&] {
    set_generator_state(random);
    before.restore(runner.model());
  });
}

}  // namespace millrace
