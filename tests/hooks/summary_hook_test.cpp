#include "millrace/hooks/summary_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "millrace/eval/metric.h"
#include "millrace/io/file.h"
#include "millrace/vis/local_vis_backend.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::Pair;

/// A short run whose visualizer has these backends.
RunSummary train_with(const std::filesystem::path& folder, std::vector<Component<VisBackend>> backends) {
  HostedRun run(folder, 1, [&](RunnerOptions& options) {
    options.visualizer = use<Visualizer>({.vis_backends = std::move(backends)});
  });
  return run.runner->train();
}

TEST(SummaryHook, WritesWhatTheRunGave) {
  const ScratchFolder folder;
  const RunSummary summary = train_with(folder.path(), {});
  EXPECT_THAT(summary.files, ElementsAre(Pair("summary", summary.run_folder / "summary.json"),
                                         Pair("curves", summary.run_folder / "curves.svg")));
  const auto written = nlohmann::json::parse(io::read_file(summary.files[0].second.string()));
  EXPECT_EQ(written["iters"], 6);
  EXPECT_EQ(written["last"]["iter"], 6);
  EXPECT_EQ(written["last"]["epoch"], 1);
  EXPECT_EQ(written["best"]["value"], nullptr) << "nothing was validated";
  EXPECT_EQ(written["resumed_from"], nullptr);
  EXPECT_EQ(written["precision"], "fp32");
  EXPECT_EQ(written["scalars"], "scalars.json");
}

TEST(SummaryHook, DrawsTheCurvesFromAFileOfAnyName) {
  const ScratchFolder folder;
  const RunSummary summary = train_with(folder.path(), {use<LocalVisBackend>({.scalar_save_file = "mine.json"})});
  EXPECT_TRUE(std::filesystem::exists(summary.run_folder / "vis_data" / "mine.json"));
  EXPECT_THAT(io::read_file((summary.run_folder / "curves.svg").string()), testing::HasSubstr("<svg"));
}

/// Keeps nothing.
class DeafBackend final : public VisBackend {
 public:
  void open(const std::filesystem::path&) override {}
  void add_scalars(const ScalarRecord&, int64_t) override {}
};

TEST(SummaryHook, DrawsNoCurvesWhereNobodyKeepsTheScalars) {
  const ScratchFolder folder;
  const RunSummary summary = train_with(folder.path(), {Component<VisBackend>(std::make_shared<DeafBackend>())});
  EXPECT_THAT(summary.files, ElementsAre(Pair("summary", summary.run_folder / "summary.json")));
}

struct NoNumber final : Metric {
  NoNumber() : Metric("") {}
  void process(const Batch&) override {}
  State partial() const override { return 0; }
  void absorb(const State&) override {}
  MetricMap compute() override { return {{"score", std::nan("")}}; }
  void reset() override {}
};

TEST(SummaryHook, WritesJsonWhateverIsNotFiniteOrNotUtf8) {
  const ScratchFolder folder;
  HostedRun run(folder.path() / "w\xFFrk", 1, [](RunnerOptions& options) {
    options.visualizer = use<Visualizer>({.vis_backends = {use<LocalVisBackend>({.scalar_save_file = "m\xE4.json"})}});
    options.val_dataloader = options.train_dataloader;
    options.val_cfg = use<ValLoop>();
    options.val_evaluator = {std::make_shared<NoNumber>()};
  });
  const RunSummary summary = run.runner->train();
  const auto written = nlohmann::json::parse(io::read_file(summary.files[0].second.string()));
  EXPECT_EQ(written["last"]["metric"], "score");
  EXPECT_EQ(written["last"]["value"], nullptr);
  EXPECT_EQ(written["scalars"], "m\xEF\xBF\xBD.json");
}

}  // namespace
}  // namespace millrace
