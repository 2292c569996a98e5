#include "millrace/hooks/summary_hook.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "millrace/io/file.h"
#include "millrace/structures/metric_map.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// What a summary says of a run whose validations gave these values.
nlohmann::json summary_of(const std::vector<double>& values, const char* metric) {
  const ScratchFolder folder;
  HostedRun run(folder.path(), 1);
  run.runner->train();
  SummaryHook hook;
  for (const double value : values) {
    MetricMap metrics;
    metrics.add(metric, value);
    EvalEnd end{*run.runner, metrics};
    hook.after_val_epoch(end);
  }
  RunPoint point{*run.runner};
  hook.after_run(point);
  return nlohmann::json::parse(io::read_file((run.runner->run_folder().path() / "summary.json").string()), nullptr,
                               /*allow_exceptions=*/false);
}

TEST(SummaryHook, NeverTakesANanForTheBest) {
  const double nan = std::nan("");
  EXPECT_EQ(summary_of({nan, 0.5, 0.25}, "accuracy")["best"]["value"], 0.5);
  EXPECT_EQ(summary_of({nan, 0.5, 0.25}, "loss")["best"]["value"], 0.25);
  EXPECT_EQ(summary_of({0.5, nan, 0.25, 0.75}, "accuracy")["best"]["value"], 0.75);
}

}  // namespace
}  // namespace millrace
