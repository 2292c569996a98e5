#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include "millrace/registry/component_table.h"
#include "tests/support/golden_trajectories.h"
#include "tests/support/places.h"
#include "tests/support/stand_ins.h"

namespace millrace {
namespace {

using nlohmann::json;

const std::string kGolden = source_path("/tests/golden/");

struct GoldenCase {
  json data;
  friend std::ostream& operator<<(std::ostream& out, const GoldenCase& one) { return out << one.data["name"]; }
};

class Trajectory : public testing::TestWithParam<GoldenCase> {
 protected:
  void SetUp() override {
    if (!GoldenTrajectories::has_data(GoldenTrajectories::kFashionMnist))
      GTEST_SKIP() << "needs the Debian package dataset-fashion-mnist";
    at::set_num_threads(1);  // as fast at this size, and the figures are those of any number to the twelfth digit
  }
  void TearDown() override { at::set_num_threads(threads_); }

  int threads_ = at::get_num_threads();
};

TEST_P(Trajectory, AgreesWithMMEngineToTheNinthDigit) {
  const GoldenTrajectories trajectories({.weights = kGolden + "trajectories"});
  const GoldenComparison comparison = trajectories.run(value_of(GetParam().data));
  EXPECT_TRUE(comparison.agrees()) << comparison.where();
}

/// Those whose optimizer and schedules are registered.
std::vector<GoldenCase> golden_trajectories() {
  std::vector<GoldenCase> known;
  const auto& table = ComponentTable::instance();
  json all = read_golden("trajectories/trajectories.json");
  for (const json& golden : read_golden("optimizers_new.json")) all.push_back(golden);
  for (const json& golden : all) {
    bool is_known =
        table.find("Optimizer", golden["optim_wrapper"]["optimizer"]["type"].get<std::string>(), "") != nullptr;
    if (golden.contains("param_scheduler"))
      for (const json& config : golden["param_scheduler"])
        is_known = is_known && table.find("ParamScheduler", config["type"].get<std::string>(), "");
    if (is_known) known.push_back({golden});
  }
  return known;
}

INSTANTIATE_TEST_SUITE_P(Golden, Trajectory, testing::ValuesIn(golden_trajectories()),
                         [](const auto& info) { return info.param.data["name"].template get<std::string>(); });

class ResumedTrajectory : public Trajectory {};

TEST_P(ResumedTrajectory, GoesOnFromMMEnginesCheckpoint) {
  const GoldenTrajectories trajectories(
      {.weights = kGolden + "trajectories", .checkpoints = kGolden + "state_interop"});
  const GoldenComparison comparison = trajectories.run(value_of(GetParam().data));
  EXPECT_TRUE(comparison.agrees()) << comparison.where();
}

INSTANTIATE_TEST_SUITE_P(Golden, ResumedTrajectory,
                         testing::Values(GoldenCase{read_golden("state_interop/state_interop.json")[0]}));

}  // namespace
}  // namespace millrace
