#include "millrace/runner/trial.h"

#include "millrace/base/at_end.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/registry/binder.h"
#include "millrace/runner/optim_bridge.h"
#include "millrace/runner/recomputed_parts.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/process.h"
#include "millrace/tensor/unfilled.h"

namespace millrace {

namespace {

// A network beyond this is none that one machine trains: 256 GiB of parameters, a million tensors.
constexpr UnfilledTensors::Limit kLimit{.bytes = int64_t{1} << 38, .tensors = 1'000'000};

void build_network(const RunnerOptions& options) {
  const std::shared_ptr<Model> model = options.model->build();
  const RecomputedParts recomputed(model->modules(), options.activation_checkpointing);
  if (!options.train_cfg.empty()) model->check_use(Mode::train);
  if (!options.val_cfg.empty()) model->check_use(Mode::val);
  if (!options.test_cfg.empty()) model->check_use(Mode::test);
  if (!options.optim_wrapper.made_elsewhere) build_optims(options, *model);
}

void build_others(const RunnerOptions& options) {
  std::vector<const EvaluatorConfig*> evaluators = {&options.val_evaluator, &options.test_evaluator};
  for (const auto& [name, set] : options.val_sets) evaluators.push_back(&set.evaluator);
  for (const auto* evaluator : evaluators)
    for (const Component<Metric>& metric : evaluator->metrics) metric.build();
  for (const auto& [name, hook] : options.default_hooks.hooks) hook.build();
  for (const Component<Hook>& hook : options.custom_hooks) hook.build();
}

}  // namespace

std::optional<Error> try_parts(const RunnerOptions& options, Mistakes& mistakes) {
  const AtEnd restore([random = generator_state()] { set_generator_state(random); });
  const UnfilledTensors unfilled(kLimit);
  const Place place = options.model->config().place();
  try {
    build_network(options);
    build_others(options);
  } catch (const Error& error) {
    if (!unfilled.exceeded()) mistakes.add(error).locate(place);
  } catch (const std::exception& error) {
    if (!unfilled.exceeded()) mistakes.add(Error(place, error.what()));
  }
  if (!unfilled.exceeded()) return std::nullopt;
  return Error(place, "the network was not built for this check: it has more than 256 GiB, or a million tensors");
}

}  // namespace millrace
