#include "millrace/dist/ranks_grad_sync.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/dist/thread_ranks.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/structures/loss_map.h"
#include "tests/support/all_close.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr double kPlaces[] = {1.0, 4.0, -2.0, 3.0};

/// (p - place)^2, one place a sample.
LossMap distance(const Toy& toy, std::span<const double> places) {
  const at::Tensor all = at::tensor(c10::ArrayRef<double>(places.data(), places.size()), at::kDouble);
  return {{Key("loss"), (toy.params[0] - all).pow(2).mean()}};
}

/// What p is after some steps, trained by one rank over all samples.
double trained_alone(const Value& config, int steps) {
  Toy toy({0.5});
  const auto optim = toy.wrap(config);
  for (int i = 0; i < steps; ++i) optim->step([&] { return distance(toy, kPlaces); });
  return toy.params[0].item<double>();
}

/// The same by two ranks over two samples each, which begin at different places.
std::pair<double, double> trained_together(const Value& config, int steps) {
  std::pair<double, double> places;
  run_in_threads(2, [&](Ranks& ranks) {
    Toy toy({ranks.is_main() ? 0.5 : 77.0});
    const auto optim = toy.wrap(config);
    optim->set_grad_sync(std::make_unique<RanksGradSync>(ranks));
    const std::span<const double> own = std::span(kPlaces).subspan(ranks.is_main() ? 0 : 2, 2);
    for (int i = 0; i < steps; ++i) {
      optim->before_forward();
      optim->step([&] { return distance(toy, own); });
    }
    (ranks.is_main() ? places.first : places.second) = toy.params[0].item<double>();
  });
  return places;
}

TEST(RanksGradSync, TrainsAsOneRankWithAllSamplesWould) {
  for (const char* text : {"{'optimizer': {'type': 'SGD', 'lr': 0.1, 'momentum': 0.9}}",
                           "{'optimizer': {'type': 'AdamW', 'lr': 0.1}, 'accumulative_counts': 3}",
                           "{'optimizer': {'type': 'SGD', 'lr': 0.1}, 'clip_grad': {'max_norm': 0.5}}",
                           "{'optimizer': {'type': 'LBFGS', 'line_search_fn': 'strong_wolfe'}}"}) {
    const Value config = config_text(text);
    const auto [first, second] = trained_together(config, 9);
    EXPECT_EQ(first, second) << text;
    EXPECT_NEAR(first, trained_alone(config, 9), 1e-12) << text;
  }
}

TEST(RanksGradSync, CountsAParameterThatOneRankDidNotReachAsZeroThere) {
  run_in_threads(2, [](Ranks& ranks) {
    Toy toy({1.0, 1.0, 1.0});
    const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD', 'lr': 1.0, 'weight_decay': 0.1}}"));
    optim->set_grad_sync(std::make_unique<RanksGradSync>(ranks));
    optim->update(toy.params[0] * 2.0 + (ranks.is_main() ? toy.params[1] * 4.0 : toy.params[0] * 0.0));
    EXPECT_NEAR(toy.params[0].item<double>(), 1 - 2 - 0.1, 1e-12);
    EXPECT_NEAR(toy.params[1].item<double>(), 1 - 2 - 0.1, 1e-12);
    EXPECT_EQ(toy.params[2].item<double>(), 1);  // reached by nobody: weight decay leaves it alone, too
  });
}

TEST(RanksGradSync, SkipsAStepOnAllRanksWhereOnesGradientsAreNotFinite) {
  run_in_threads(2, [](Ranks& ranks) {
    Toy toy;
    const auto optim = toy.wrap(config_text(
        "{'type': 'AmpOptimWrapper', 'loss_scale': {'init_scale': 8.0}, 'optimizer': {'type': 'SGD', 'lr': 1.0}}"));
    optim->set_grad_sync(std::make_unique<RanksGradSync>(ranks));
    optim->update(toy.params[0] * (ranks.is_main() ? 1.0 : INFINITY));
    EXPECT_EQ(toy.params[0].item<double>(), 1);
    EXPECT_EQ(optim->loss_scaler()->scale(), 4);
  });
}

TEST(RanksGradSync, GivesEveryRankTheBuffersOfTheFirstBeforeEachForwardPass) {
  run_in_threads(2, [](Ranks& ranks) {
    Toy toy;
    const at::Tensor mean = at::full({2}, ranks.rank() + 1.0);
    toy.view.buffers.push_back({"running_mean", mean});
    const auto optim = toy.wrap(config_text("{'optimizer': {'type': 'SGD'}}"));
    optim->set_grad_sync(std::make_unique<RanksGradSync>(ranks));
    EXPECT_THAT(mean, AllClose(at::ones({2})));
    mean.fill_(ranks.rank() + 5.0);
    optim->before_forward();
    EXPECT_THAT(mean, AllClose(at::full({2}, 5.0)));
  });
}

TEST(RanksGradSync, RefusesNetworksThatDiffer) {
  EXPECT_THAT(
      [] {
        run_in_threads(2, [](Ranks& ranks) {
          Toy toy;
          if (!ranks.is_main()) toy.view.params[0].name = "q0";
          toy.wrap(config_text("{'optimizer': {'type': 'SGD'}}"))
              ->set_grad_sync(std::make_unique<RanksGradSync>(ranks));
        });
      },
      ThrowsMessage<Error>(
          HasSubstr("the network differs between ranks: q0 () Double on rank 1, p0 () Double on rank 0")));
}

}  // namespace
}  // namespace millrace
