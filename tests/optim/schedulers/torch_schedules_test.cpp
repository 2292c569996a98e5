// CyclicLR, LambdaLR and OneCycleLR against PyTorch, WSDLR against its formula: torch_schedules.json is made by
// make_torch_schedules.py.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/optim/schedulers/param_schedulers.h"
#include "tests/support/places.h"
#include "tests/support/stand_ins.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using nlohmann::json;

struct TorchSchedule {
  json data;
  friend std::ostream& operator<<(std::ostream& out, const TorchSchedule& one) { return out << one.data["name"]; }
};

class AsTorchsSchedule : public testing::TestWithParam<TorchSchedule> {
 protected:
  /// A training by iterations that has come to iteration `done`.
  struct Run {
    explicit Run(const json& golden)
        : optim(toy.wrap(value_of({{"optimizer", golden["optimizer"]}}))),
          all(Horizon{.max_iters = static_cast<int64_t>(golden["lr"].size())}) {
      all.add(ParamScheduler::Registry::build(value_of(golden["param_scheduler"]), "", *optim));
    }
    std::pair<double, double> now() const { return {optim->lr(), optim->momentum()}; }

    Toy toy;
    std::shared_ptr<OptimWrapper> optim;
    ParamSchedulers all;
  };
};

TEST_P(AsTorchsSchedule, HasTheSameSeries) {
  const json& golden = GetParam().data;
  Run run(golden);
  for (size_t k = 0; k < golden["lr"].size(); ++k) {
    const double lr = golden["lr"][k], momentum = golden["momentum"][k];
    EXPECT_NEAR(run.optim->lr(), lr, 1e-13 * std::max(lr, 1e-3)) << "iteration " << k;
    EXPECT_NEAR(run.optim->momentum(), momentum, 1e-13) << "iteration " << k;
    run.all.step_iter();
  }
}

TEST_P(AsTorchsSchedule, GoesOnWithTheSameBitsAfterAStopAnywhere) {
  const json& golden = GetParam().data;
  Run whole(golden);
  for (int64_t stop = 0; stop < 40; ++stop) {
    Run resumed(golden), replayed(golden);
    resumed.optim->load_state_dict(whole.optim->state_dict());
    ASSERT_TRUE(resumed.all.resume(whole.all.state_dict(), stop, 0, -1)) << "stopped after " << stop;
    EXPECT_EQ(resumed.now(), whole.now()) << "stopped after " << stop;
    replayed.all.replay(stop, 0, -1);
    EXPECT_EQ(replayed.now(), whole.now()) << "replayed to " << stop;
    whole.all.step_iter();
    resumed.all.step_iter();
    EXPECT_EQ(resumed.now(), whole.now()) << "one step after " << stop;
  }
}

std::vector<TorchSchedule> torch_schedules() {
  std::ifstream file(source_path("/tests/optim/schedulers/torch_schedules.json"));
  std::vector<TorchSchedule> all;
  for (const json& golden : json::parse(file)) all.push_back({golden});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Torch, AsTorchsSchedule, testing::ValuesIn(torch_schedules()),
                         [](const auto& info) { return info.param.data["name"].template get<std::string>(); });

}  // namespace
}  // namespace millrace
