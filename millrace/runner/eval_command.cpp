// `millrace eval CONFIG RESULTS`: the entry of cli/engine.h.
#include "millrace/eval/evaluator.h"
#include "millrace/eval/results_file.h"
#include "millrace/log/table.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/storing_metrics.h"
#include "millrace/tensor/json.h"

namespace millrace {

namespace {

/// The metrics of the test, without those that only store.
std::vector<std::shared_ptr<Metric>> giving_metrics(const EvaluatorConfig& evaluator) {
  std::vector<std::shared_ptr<Metric>> metrics;
  for (const Component<Metric>& metric : evaluator.metrics)
    if (!only_stores(metric)) metrics.push_back(metric.build());
  return metrics;
}

std::string eval_results(const EvalResultsRequest& request) {
  const Config config = requested_config(request.config, request.overrides, request.config_path);
  const RunnerOptions options = bind_evaluation(config);
  configure_process_for(options);
  Evaluator evaluator(giving_metrics(options.test_evaluator));
  if (evaluator.metrics().empty())
    throw Error(Place(request.config), "test_evaluator has no metric that gives figures")
        .help("test_evaluator=\"[{'type': 'Accuracy'}]\"");
  const StoredResults results = read_results(request.results);
  if (!results.dataset_meta.is_none()) evaluator.set_dataset_meta(results.dataset_meta);
  for (const Batch& batch : results.batches) evaluator.process(batch);
  const MetricMap figures = evaluator.evaluate();
  if (request.json) return to_json(figures.state()) + "\n";
  RunOutcome outcome;
  add_metrics(outcome, figures);
  Table table({{""}, {"", Table::Align::right}});
  for (const auto& [name, value] : outcome.metrics) table.add({name, value});
  return table.str();
}

[[maybe_unused]] const bool eval_results_is_installed = [] {
  install_engine({.eval_results = eval_results});
  return true;
}();

}  // namespace

}  // namespace millrace
