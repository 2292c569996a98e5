#include "millrace/hooks/summary_hook.h"

#include "millrace/base/json_text.h"
#include "millrace/io/file.h"
#include "millrace/picture/curves.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/metric_map.h"
#include "millrace/tensor/json.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/process.h"
#include "millrace/tensor/shared_machine.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

/// What other processes took of the machine; None if nothing, or if nobody watched.
State neighbours_of(const Runner& runner) {
  const SharedMachine* machine = runner.surroundings().machine.get();
  const auto seen = machine ? machine->neighbours() : std::nullopt;
  if (!seen) return {};
  return State::dict({{"processors", seen->processors}, {"seconds", seen->seconds}});
}

}  // namespace

void SummaryHook::after_run(RunPoint& point) {
  Runner& runner = point.runner;
  if (!runner.has_train_loop()) return;
  const RunSummary summary = runner.summary();
  const auto scalars = runner.visualizer().scalars_file();
  const State state = State::dict(
      {{"best", summary.best.state()},
       {"last", summary.last.state()},
       {"train_seconds", summary.train_seconds},
       {"samples_per_second", summary.samples_per_second},
       {"iters", summary.iters},
       {"threads", static_cast<int64_t>(operator_threads())},
       {"isa", instruction_set()},
       {"neighbours", neighbours_of(runner)},
       {"precision", precision_name(runner.precision())},
       {"not_finite", summary.not_finite
                          ? State::dict({{"name", summary.not_finite->name}, {"iter", summary.not_finite->iter}})
                          : State()},
       {"broken_weight", summary.broken_weight.empty() ? State() : State(summary.broken_weight)},
       {"scalars", scalars ? State(scalars->filename().string()) : State()},
       {"resumed_from", summary.resumed_from.empty() ? State() : State(summary.resumed_from)}});
  runner.write_file("summary", "summary.json", strict_json(to_json(state)) + "\n");
  const std::string& title = runner.surroundings().config_name;
  if (scalars)
    runner.write_file("curves", "curves.svg",
                      curves_svg(io::read_file(scalars->string()), title.empty() ? runner.experiment_name() : title));
}

MILLRACE_REGISTER(Hook, SummaryHook);

}  // namespace millrace
