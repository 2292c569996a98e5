#include "millrace/hooks/early_stopping_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/structures/metric_map.h"
#include "tests/support/stand_in_run.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// A training whose validations give these values, one after the other.
class WithValues : public StandInRun {
 public:
  explicit WithValues(EarlyStoppingHook::Options options) : hook(std::move(options)) {}

  /// The number of validations up to the one that ends the training; 0 if none does.
  int stops_at(const std::vector<double>& values) {
    runner->train();
    for (size_t i = 0; i < values.size(); ++i) {
      messages.clear();
      give({{"top1", values[i]}});
      if (!messages.empty()) return static_cast<int>(i) + 1;
    }
    return 0;
  }
  void give(const MetricMap& metrics) {
    EvalEnd point{*runner, metrics};
    hook.after_val_epoch(point);
  }
  EarlyStoppingHook hook;
};

// MMEngine's hook stops at these places.
TEST(EarlyStoppingHook, EndsTheTrainingAfterItsPatience) {
  EXPECT_EQ(WithValues({.monitor = "top1", .patience = 2}).stops_at({50, 60, 60.05, 60.0, 70}), 4);
  EXPECT_EQ(WithValues({.monitor = "top1", .patience = 1}).stops_at({50, 60, 60.05}), 3);
  EXPECT_EQ(WithValues({.monitor = "top1", .patience = 2}).stops_at({50, 49, 51, 49, 52, 51}), 0);
}

TEST(EarlyStoppingHook, CountsWhatIsShortOfTheBestByLessThanItsDelta) {
  EXPECT_EQ(WithValues({.monitor = "top1", .min_delta = 0, .patience = 2}).stops_at({50, 50, 50, 50}), 0);
  EXPECT_EQ(WithValues({.monitor = "top1", .min_delta = 0.5, .patience = 2}).stops_at({50, 50.5, 50.9, 50.9}), 4);
}

TEST(EarlyStoppingHook, TakesLessAsBetterByItsRule) {
  EXPECT_EQ(WithValues({.monitor = "top1", .rule = EarlyStoppingHook::Rule::less, .patience = 2})
                .stops_at({2, 1, 1.5, 0.95, 0.5}),
            4);
}

TEST(EarlyStoppingHook, EndsAtAThresholdAndAtWhatIsNotFinite) {
  EXPECT_EQ(WithValues({.monitor = "top1", .stopping_threshold = 90}).stops_at({50, 90, 90.1}), 3);
  EXPECT_EQ(WithValues({.monitor = "top1"}).stops_at({50, std::nan("")}), 2);
  EXPECT_EQ(WithValues({.monitor = "top1", .check_finite = false}).stops_at({50, std::nan(""), 60}), 0);
}

TEST(EarlyStoppingHook, GoesOnWithItsBestAndItsWait) {
  WithValues first({.monitor = "top1", .patience = 3}), second({.monitor = "top1", .patience = 3});
  EXPECT_EQ(first.stops_at({50, 60, 60}), 0);
  second.hook.load_state_dict(first.hook.state_dict());
  EXPECT_EQ(second.stops_at({60, 60}), 2);
}

TEST(EarlyStoppingHook, WarnsOfAMetricThatIsMissingOrIsStrict) {
  WithValues lenient({.monitor = "top1"}), strict({.monitor = "top1", .strict = true});
  lenient.runner->train();
  lenient.give({{"top5", 3.0}});
  EXPECT_THAT(lenient.messages, Contains(HasSubstr("this validation does not count")));
  strict.runner->train();
  EXPECT_THAT([&] { strict.give({{"top5", 3.0}}); }, ThrowsMessage<Error>(HasSubstr("no metric 'top1'")));
}

TEST(EarlyStoppingHook, EndsARunBehindTheValidationAndSavesThere) {
  const StandInRun run("[dict(type='EarlyStoppingHook', monitor='stand_in/count', rule='greater', patience=2)]",
                       "train_cfg = dict(by_epoch=True, max_epochs=9)\n");
  run.runner->train();
  EXPECT_EQ(run.runner->epoch(), 3);
  EXPECT_TRUE(std::filesystem::exists(run.folder.path() / "epoch_3.pth"));
  EXPECT_THAT(
      run.messages,
      Contains("The training ends early: stand_in/count did not improve in the last 2 validations: it is 4.000, "
               "the best value is 4.000"));
}

TEST(EarlyStoppingHook, RefusesANameThatDoesNotTellTheRule) {
  EXPECT_THAT([] { EarlyStoppingHook({.monitor = "FID"}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("the name 'FID' does not tell whether more is better"),
                                         HasSubstr("help: rule='greater' or rule='less'"))));
}

TEST(EarlyStoppingHook, RefusesAMetricThatTheValidationDoesNotGive) {
  const StandInRun run("[dict(type='EarlyStoppingHook', monitor='stand_in/acc')]");
  EXPECT_THAT([&] { run.runner->train(); }, ThrowsMessage<Error>(HasSubstr("no metric 'stand_in/acc'")));
}

}  // namespace
}  // namespace millrace
