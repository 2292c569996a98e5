#include "millrace/runner/lr_preview.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "tests/support/stand_ins.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::DoubleNear;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pointwise;
using testing::SizeIs;
using testing::ThrowsMessage;

Config config_of(const std::string& text) { return Config::from_string(text, Config::Format::python, "c.py"); }

ScheduleSeries preview(const std::string& text, std::optional<int64_t> iters_per_epoch = 5) {
  return lr_preview(config_of(text), iters_per_epoch);
}

const std::string kSgd = "optim_wrapper = dict(optimizer=dict(type='SGD', lr=1.0, momentum=0.9))\n";
const std::string kThreeEpochs = "train_cfg = dict(by_epoch=True, max_epochs=3)\n";
/// Six samples, two a batch.
const std::string kData =
    "train_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', length=6),\n"
    "    sampler=dict(type='DefaultSampler', shuffle=False))\n";

struct GoldenSeries {
  json data;
  friend std::ostream& operator<<(std::ostream& out, const GoldenSeries& one) { return out << one.data["name"]; }
};

class AsMMEnginesSeries : public testing::TestWithParam<GoldenSeries> {};

TEST_P(AsMMEnginesSeries, HasTheValuesInForceDuringEachIteration) {
  const json& golden = GetParam().data;
  const Config config = Config::from_string(golden["config"].dump(), Config::Format::json, "golden.json");
  const ScheduleSeries series = lr_preview(config, golden["iters_per_epoch"]);
  ASSERT_THAT(series.optims, SizeIs(1));
  ASSERT_THAT(series.optims[0].lr, SizeIs(golden["lr"].size()));
  ASSERT_THAT(series.optims[0].momentum, SizeIs(golden["momentum"].size()));
  for (size_t k = 0; k < golden["lr"].size(); ++k) {
    const double lr = golden["lr"][k], momentum = golden["momentum"][k];
    EXPECT_NEAR(series.optims[0].lr[k], lr, 1e-6 * lr) << "iteration " << k;
    EXPECT_NEAR(series.optims[0].momentum[k], momentum, 1e-6 * momentum) << "iteration " << k;
  }
}

std::vector<GoldenSeries> golden_series() {
  std::vector<GoldenSeries> all;
  for (const json& golden : read_golden("schedulers.json")) all.push_back({golden});
  return all;
}

INSTANTIATE_TEST_SUITE_P(MMEngine, AsMMEnginesSeries, testing::ValuesIn(golden_series()),
                         [](const auto& info) { return info.param.data["name"].template get<std::string>(); });

TEST(LrPreview, TakesTheLengthOfAnEpochFromTheData) {
  const ScheduleSeries series =
      preview(kSgd + kThreeEpochs + kData + "param_scheduler = dict(type='StepLR', step_size=1)\n", std::nullopt);
  EXPECT_EQ(series.iters_per_epoch, 3);
  EXPECT_THAT(series.optims[0].lr, Pointwise(DoubleNear(1e-12), {1., 1., 1., .1, .1, .1, .01, .01, .01}));
  EXPECT_EQ(preview(kSgd + kThreeEpochs + kData + "limit_batches = 2\n", std::nullopt).iters, 6);
}

TEST(LrPreview, NamesTheFlagWhereNobodyKnowsTheLengthOfAnEpoch) {
  EXPECT_THAT([] { preview(kSgd + kThreeEpochs, std::nullopt); },
              ThrowsMessage<Error>("nobody knows how many iterations an epoch has\n"
                                   "  the config has no train_dataloader\n  help: --iters-per-epoch 500"));
  EXPECT_THAT(
      [] {
        preview(kSgd + kThreeEpochs + "train_dataloader = dict(batch_size=2, dataset=dict(type='mmdet.CocoDataset'))\n",
                std::nullopt);
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("nobody knows how many iterations an epoch has\n  train_dataloader: "),
                                 HasSubstr("CocoDataset"), HasSubstr("help: --iters-per-epoch 500"))));
}

TEST(LrPreview, NeedsNoEpochsInATrainingByIterations) {
  const std::string loop = "train_cfg = dict(by_epoch=False, max_iters=4)\n";
  const ScheduleSeries series =
      preview(kSgd + loop + "param_scheduler = dict(type='ExponentialLR', gamma=0.5, by_epoch=False)\n", std::nullopt);
  EXPECT_FALSE(series.by_epoch);
  EXPECT_THAT(series.optims[0].lr, Pointwise(DoubleNear(1e-12), {1., .5, .25, .125}));
  EXPECT_THAT(
      [&] {
        preview(kSgd + loop + "param_scheduler = dict(type='StepLR', step_size=1, convert_to_iter_based=True)\n",
                std::nullopt);
      },
      ThrowsMessage<Error>(HasSubstr("nobody knows how many iterations an epoch has")));
}

TEST(LrPreview, HasNoMomentumWhereTheOptimizerHasNone) {
  EXPECT_THAT(preview("optim_wrapper = dict(optimizer=dict(type='LBFGS'))\n" + kThreeEpochs).optims[0].momentum,
              IsEmpty());
  EXPECT_THAT(preview("optim_wrapper = dict(optimizer=dict(type='Adam', betas=(0.8, 0.9)))\n" + kThreeEpochs)
                  .optims[0]
                  .momentum,
              Each(0.8));
}

TEST(LrPreview, ShowsSeveralOptimizersByName) {
  const std::string optims =
      "optim_wrapper = dict(generator=dict(optimizer=dict(type='SGD', lr=1.0)),\n"
      "    critic=dict(optimizer=dict(type='Adam', lr=0.5)))\n";
  const ScheduleSeries series =
      preview(optims + kThreeEpochs + "param_scheduler = dict(critic=dict(type='ExponentialLR', gamma=0.5))\n", 1);
  ASSERT_THAT(series.optims, SizeIs(2));
  EXPECT_EQ(series.optims[0].optim, "generator");
  EXPECT_THAT(series.optims[0].lr, ElementsAre(1., 1., 1.));
  EXPECT_EQ(series.optims[1].optim, "critic");
  EXPECT_THAT(series.optims[1].lr, ElementsAre(.5, .25, .125));
  const ScheduleSeries both =
      preview(optims + kThreeEpochs + "param_scheduler = dict(type='ExponentialLR', gamma=0.5)\n", 1);
  EXPECT_THAT(both.optims[0].lr, ElementsAre(1., .5, .25));
  EXPECT_THAT(
      [&] { preview(optims + kThreeEpochs + "param_scheduler = dict(critc=dict(type='ExponentialLR', gamma=0.5))\n"); },
      ThrowsMessage<Error>(HasSubstr("no optimizer 'critc'; did you mean 'critic'?")));
}

TEST(LrPreview, LeavesASchedulesThatNeedsMetricsConstantAndSaysSo) {
  const ScheduleSeries series =
      preview(kSgd + kThreeEpochs + "param_scheduler = dict(type='ReduceOnPlateauLR', monitor='accuracy/top1')\n");
  EXPECT_THAT(series.optims[0].lr, Each(1.0));
  EXPECT_THAT(series.notices, ElementsAre("ReduceOnPlateauLR depends on 'accuracy/top1' of the validations, which only "
                                          "a training gives: it changes nothing here"));
}

TEST(LrPreview, NeedsNoModelAndReadsNothingElse) {
  const ScheduleSeries series = preview(
      "default_scope = 'mmdet'\nmodel = dict(type='FasterRCNN')\ncustom_hooks = [dict(type='Quux')]\n"
      "optim_wrapper = dict(type='AmpOptimWrapper', constructor='LayerDecayConstructor',\n"
      "    paramwise_cfg=dict(layers=3), optimizer=dict(type='AdamW', lr=0.5))\n" +
      kThreeEpochs);
  EXPECT_THAT(series.optims[0].lr, AllOf(SizeIs(15), Each(0.5)));
  EXPECT_THAT(series.notices,
              ElementsAre("paramwise_cfg and constructor are left out: the values are those of a parameter without "
                          "rules"));
}

TEST(LrPreview, ScalesTheLrAsTheRunWould) {
  const std::string scaling = "auto_scale_lr = dict(enable=True, base_batch_size=4)\n";
  const ScheduleSeries series = preview(kSgd + kThreeEpochs + kData + scaling);
  EXPECT_THAT(series.optims[0].lr, Each(0.5));
  EXPECT_THAT(series.notices, ElementsAre("every lr is multiplied by 0.5 (auto_scale_lr, for one process)"));
  EXPECT_THAT(preview(kSgd + kThreeEpochs + scaling).notices,
              ElementsAre("auto_scale_lr is left out: the config has no train_dataloader.batch_size"));
}

TEST(LrPreview, TellsTheWarningsOfSchedules) {
  EXPECT_THAT(preview(kSgd + kThreeEpochs + "param_scheduler = dict(type='LinearLR', end=5)\n").notices,
              ElementsAre("a schedule of lr ends after 5 epochs, and the training after 3: it does not come to its "
                          "end"));
}

TEST(LrPreview, RefusesWhatARunRefuses) {
  EXPECT_THAT([] { preview("a = 1\n"); }, ThrowsMessage<Error>(AllOf(HasSubstr("c.py: the config has no optim_wrapper"),
                                                                     HasSubstr("c.py: the config has no train_cfg"))));
  EXPECT_THAT(
      [] { preview(kSgd + kThreeEpochs + "param_scheduler = [dict(type='StepLR'), dict(type='PolyLR', pwer=2)]\n"); },
      ThrowsMessage<Error>(AllOf(HasSubstr("StepLR needs the key 'step_size'"),
                                 HasSubstr("PolyLR has no key 'pwer'; did you mean 'power'?"))));
  EXPECT_THAT(
      [] {
        preview(kSgd + kThreeEpochs +
                "param_scheduler = dict(type='StepParamScheduler', param_name='weight_dcay', step_size=1)\n");
      },
      ThrowsMessage<Error>(HasSubstr("the optimizer has no setting 'weight_dcay' to schedule")));
  EXPECT_THAT([] { preview(kSgd + kThreeEpochs, 1'000'000'000); },
              ThrowsMessage<Error>(HasSubstr("c.py:2:13: the training has more than 20000000 iterations")));
  Config config = config_of(kSgd + kThreeEpochs);
  apply_overrides(config, std::vector<std::string>{"param_schedular.type=StepLR"});
  EXPECT_THAT([&] { lr_preview(config, 5); }, ThrowsMessage<Error>(HasSubstr("param_schedular")));
}

}  // namespace
}  // namespace millrace
