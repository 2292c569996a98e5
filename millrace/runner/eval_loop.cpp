#include "millrace/runner/eval_loop.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "millrace/base/at_end.h"
#include "millrace/data/data_loader.h"
#include "millrace/dist/together.h"
#include "millrace/eval/evaluator.h"
#include "millrace/eval/writes_file.h"
#include "millrace/log/logger.h"
#include "millrace/model/layer_paths.h"
#include "millrace/model/tta_model.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/batch_text.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/torch_failure.h"

namespace millrace {

namespace {

/// What differs between the two modes.
template <Mode mode>
struct EvalPoints;

template <>
struct EvalPoints<Mode::val> {
  static constexpr auto before = &Hook::before_val;
  static constexpr auto before_epoch = &Hook::before_val_epoch;
  static constexpr auto before_iter = &Hook::before_val_iter;
  static constexpr auto after_iter = &Hook::after_val_iter;
  static constexpr auto after_epoch = &Hook::after_val_epoch;
  static constexpr auto after = &Hook::after_val;
  static constexpr auto step = &Model::val_step;
};

template <>
struct EvalPoints<Mode::test> {
  static constexpr auto before = &Hook::before_test;
  static constexpr auto before_epoch = &Hook::before_test_epoch;
  static constexpr auto before_iter = &Hook::before_test_iter;
  static constexpr auto after_iter = &Hook::after_test_iter;
  static constexpr auto after_epoch = &Hook::after_test_epoch;
  static constexpr auto after = &Hook::after_test;
  static constexpr auto step = &Model::test_step;
};

std::string place_of(Mode mode, int64_t batch_idx, const Batch& batch) {
  return fmt::format("in batch {} of the {}, {}", batch_idx + 1, mode == Mode::val ? "validation" : "test",
                     batch_text(batch));
}

}  // namespace

Precision EvalLoop::precision() const {
  const c10::Device& device = runner_.context().device;
  if (options_.precision) return supported_precision(*options_.precision, device);
  return options_.fp16 ? half_precision(device) : runner_.precision();
}

void EvalLoop::log_files_of(const Evaluator& evaluator) const {
  if (!runner_.context().ranks.is_main()) return;
  for (const auto& metric : evaluator.metrics())
    if (const auto* writer = dynamic_cast<const WritesFile*>(metric.get()))
      runner_.logger().info("Results have been saved to " + writer->path());
}

MetricMap EvalLoop::run_within() {
  is_within_ = true;
  const AtEnd end([this] { is_within_ = false; });
  return run();
}

template <Mode mode>
void EvalLoop::step(Batch& batch) {
  Model& model = runner_.model();
  const PrecisionScope scope(precision(), runner_.context().device);
  with_layer_paths(model, [&] {
    const Perhaps<BaseTTAModel> merging = runner_.tta_model();
    if (mode == Mode::test && merging) return merging->test_step(model, batch);
    (model.*EvalPoints<mode>::step)(batch);
    if (options_.losses) losses_.add(model, batch);
  });
}

template <Mode mode>
bool EvalLoop::run_pass() {
  using At = EvalPoints<mode>;
  HookList& hooks = runner_.hooks();
  Ranks& ranks = runner_.context().ranks;
  Evaluator& evaluator = runner_.evaluator(mode);
  DataLoader& loader = runner_.loader(mode);
  evaluator.reset();
  losses_ = {};
  loader.start(0, 0);
  Batch* batch = nullptr;
  for (int64_t batch_idx = 0;; ++batch_idx) {
    // Ranks may have passes of different lengths, or none: all go on to the end of the longest.
    const bool has_more = batch_idx == 0 || batch;
    together(ranks, [&] {
      if (has_more) batch = loader.next();
      if (!batch) return;
      EvalIter point{runner_, batch_idx, *batch};
      hooks.call<At::before_iter>(point);
      explained([&] { step<mode>(*batch); }, [&] { return std::vector{place_of(mode, batch_idx, *batch)}; });
      explained([&] { evaluator.process(*batch); },
                [&] {
                  return std::vector<std::string>{"while metrics looked at it", place_of(mode, batch_idx, *batch)};
                });
      hooks.call<At::after_iter>(point);
    });
    if (ranks.agree(batch ? 1 : 0) == 0) break;
    if (runner_.requests().agreed_signal() == 0) continue;
    loader.stop();
    interrupted_ = true;
    return false;
  }
  runner_.log_left_out(mode);
  return true;
}

template <Mode mode>
MetricMap EvalLoop::figures() {
  Ranks& ranks = runner_.context().ranks;
  MetricMap figures = runner_.evaluator(mode).evaluate(ranks);
  log_files_of(runner_.evaluator(mode));
  if (options_.losses) losses_.give(figures, mode, ranks);
  return figures;
}

/// Of all val_sets, with their names before them; nothing if it was stopped.
std::optional<MetricMap> EvalLoop::figures_of_sets() {
  MetricMap all;
  for (size_t i = 0; i < runner_.val_sets(); ++i) {
    const Runner::InValSet in_set(runner_, i);
    if (!run_pass<Mode::val>()) return std::nullopt;
    for (const MetricMap::Entry& figure : figures<Mode::val>())
      all.add(in_set.name() + "/" + figure.name, figure.value);
  }
  return all;
}

template <Mode mode>
MetricMap EvalLoop::run_once() {
  using At = EvalPoints<mode>;
  if (is_running_) throw Error(fmt::format("{0}() within {0}(): the pass that runs is not over", mode_name(mode)));
  is_running_ = true;
  const AtEnd end([this] { is_running_ = false; });
  HookList& hooks = runner_.hooks();
  Ranks& ranks = runner_.context().ranks;
  interrupted_ = false;

  together(ranks, [&] {
    hooks.call<At::before>(RunPoint{runner_});
    hooks.call<At::before_epoch>(RunPoint{runner_});
  });
  runner_.set_training(false);
  const at::NoGradGuard no_grad;
  if (!run_pass<mode>()) return {};
  MetricMap metrics = figures<mode>();
  if constexpr (mode == Mode::val) {
    const std::optional<MetricMap> of_sets = figures_of_sets();
    if (!of_sets) return {};
    for (const MetricMap::Entry& figure : *of_sets) metrics.add(figure.name, figure.value);
  }
  const auto call_hooks = [&] { together(ranks, [&] { hooks.call<At::after_epoch>(EvalEnd{runner_, metrics}); }); };
  in_any_case(call_hooks, [&] {  // it is over, though a hook fails
    if constexpr (mode == Mode::val) runner_.note_validation(metrics);
  });
  if (!is_within_) write_checkpoints(runner_, runner_.requests().take_saves());
  hooks.call<At::after>(RunPoint{runner_});
  return metrics;
}

ValLoop::ValLoop(Runner& runner, Options options) : EvalLoop(runner, checked<ValLoop>(options)) {}
TestLoop::TestLoop(Runner& runner, Options options) : EvalLoop(runner, checked<TestLoop>(options)) {}

MetricMap ValLoop::run() { return run_once<Mode::val>(); }
MetricMap TestLoop::run() { return run_once<Mode::test>(); }

MILLRACE_REGISTER(ValLoop, ValLoop);
MILLRACE_REGISTER(TestLoop, TestLoop);

}  // namespace millrace
