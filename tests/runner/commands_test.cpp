#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "millrace/base/run_control.h"
#include "millrace/cli/engine.h"
#include "millrace/eval/metric.h"
#include "millrace/io/file.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::EndsWith;

/// Gives its values one after the other, and then NaN.
class FadingMetric final : public Metric {
 public:
  struct Options {
    std::string figure = "accuracy";
    std::vector<double> values{};
    template <class Fields>
    static void describe(Fields& f) {
      f("figure", &Options::figure, "name of the figure");
      f("values", &Options::values, "of each validation");
    }
  };
  explicit FadingMetric(Options options) : Metric(""), options_(std::move(options)) {}
  void process(const Batch&) override {}
  State partial() const override { return {}; }
  void absorb(const State&) override {}
  MetricMap compute() override {
    const double value =
        next_ < options_.values.size() ? options_.values[next_] : std::numeric_limits<double>::quiet_NaN();
    ++next_;
    return {{options_.figure, value}};
  }
  void reset() override {}

 private:
  Options options_;
  size_t next_ = 0;
};
MILLRACE_REGISTER(Metric, FadingMetric);

/// `millrace train` of stand-ins for two epochs of three iterations.
class TrainCommandRun : public testing::Test {
 protected:
  RunOutcome train(const std::string& metric, const std::string& checkpoint) {
    std::ofstream(folder_ / "small.py")
        << "model = dict(type='StandInModel')\n"
           "def_loader = dict(batch_size=2, num_workers=0, dataset=dict(type='StandInDataset', length=6),\n"
           "                  sampler=dict(type='DefaultSampler', shuffle=False))\n"
           "train_dataloader = def_loader\nval_dataloader = def_loader\n"
           "train_cfg = dict(by_epoch=True, max_epochs=2)\nval_cfg = dict()\n"
           "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5))\n"
           "val_evaluator = dict(type='FadingMetric', "
        << metric << ")\ndefault_hooks = dict(checkpoint=dict(" << checkpoint << "))\n";
    TrainRequest request;
    request.config = folder_ / "small.py";
    request.work_dir = folder_ / "work";
    request.console = false;
    request.overwrite = true;  // one folder for all
    RunControl control;
    return engine().train(request, control);
  }
  /// That of the best result.
  nlohmann::json trained_rule(const std::string& metric, const std::string& checkpoint) {
    return nlohmann::json::parse(io::read_file(train(metric, checkpoint).summary))["best"]["rule"];
  }
  ScratchFolder folder_;
};

TEST_F(TrainCommandRun, NamesItsCheckpointsWhereTheLastResultIsNoNumber) {
  const RunOutcome outcome = train("values=[0.5]", "interval=1, save_best='accuracy'");
  EXPECT_EQ(outcome.best_metric, "accuracy 0.5000 at epoch 1, iteration 3");
  EXPECT_THAT(outcome.best_checkpoint, EndsWith("best_accuracy_epoch_1.pth"));
  EXPECT_THAT(outcome.last_checkpoint, EndsWith("epoch_2.pth"));
}

TEST_F(TrainCommandRun, WritesTheRuleByWhichItsBestResultWasChosen) {
  EXPECT_EQ(trained_rule("figure='RMSE', values=[0.1, 0.9]", "save_best='RMSE', rule='less'"), "less");
  EXPECT_EQ(trained_rule("figure='confidence', values=[0.1, 0.9]", "save_best='confidence', rule='greater'"),
            "greater");
  EXPECT_EQ(trained_rule("figure='val_loss', values=[0.1, 0.9]", ""), "less");
  EXPECT_EQ(trained_rule("figure='RMSE', values=[0.1, 0.9]", ""), nullptr);
}

}  // namespace
}  // namespace millrace
