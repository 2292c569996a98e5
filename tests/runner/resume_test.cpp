#include "millrace/runner/resume.h"

#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/config/config.h"
#include "millrace/log/logger.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "millrace/runner/run_config.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::Contains;
using testing::Each;
using testing::HasSubstr;
using testing::Not;

/// Hosted runs of which the second goes on from the first.
class Resume : public testing::Test {
 protected:
  HostedRun& run(int64_t epochs, const std::function<void(RunnerOptions&)>& change = {}) {
    run_.emplace(folder_.path() / std::to_string(epochs), epochs, change);
    messages_.clear();
    run_->runner->logger().to_callback([this](LogLevel, std::string_view message) { messages_.emplace_back(message); },
                                       LogLevel::info);
    return *run_;
  }
  State checkpoint(const std::function<void(RunnerOptions&)>& change = {}) {
    HostedRun& first = run(1, change);
    first.runner->train();
    return first.runner->checkpoint().snapshot();
  }

  ScratchFolder folder_;
  std::optional<HostedRun> run_;
  std::vector<std::string> messages_;
};

TEST_F(Resume, GoesOnFromTheTrainedWeightsOfAnAveragedCheckpoint) {
  State saved = checkpoint();
  const State trained = saved.at("state_dict").snapshot();
  State kept = State::dict({{"steps", 6}});
  for (const State::Item& item : trained.entries()) {
    kept["module." + item.key.string()] = item.value;
    saved["state_dict"][item.key.string()] = at::zeros_like(item.value.tensor());
  }
  saved["ema_state_dict"] = kept;
  saved.erase("millrace");
  HostedRun& second = run(2);
  second.runner->resume(saved);
  State begun;
  second.net->on_step = [&](int64_t step) {
    if (step == 1) begun = second.weights();
  };
  second.runner->train();
  EXPECT_TRUE(begun.equals(trained));
  EXPECT_THAT(messages_,
              Contains("the checkpoint holds averaged weights (EMA), and this run has no hook that averages: "
                       "it goes on from the trained ones, which are its ema_state_dict"));
  EXPECT_THAT(messages_, Each(Not(HasSubstr("nothing in this run uses"))));
}

// MMEngine warns of each key that it is to resume and does not find.
TEST_F(Resume, FindsInTheHubWhateverItIsToResumeThere) {
  const State saved = checkpoint();
  const State& hub = saved.at("message_hub");
  EXPECT_GT(hub.at("resumed_keys").entries().size(), 0);
  for (const State::Item& flag : hub.at("resumed_keys").entries())
    EXPECT_TRUE(hub.at("runtime_info").find(flag.key.string())) << flag.key.string();
}

TEST_F(Resume, NamesWhatNothingUses) {
  State saved = checkpoint([](RunnerOptions& options) { options.param_scheduler = use<StepLR>({.step_size = 1}); });
  saved["scaler"] = 5;
  (*saved.find("millrace"))["hooks"]["EMAHook"] = State::dict({{"steps", 6}});
  HostedRun& second = run(2);
  second.runner->resume(saved);
  second.runner->train();
  for (const char* what : {"'scaler'", "'param_schedulers'", "the state of EMAHook"})
    EXPECT_THAT(messages_, Contains(std::string("nothing in this run uses ") + what + " of the checkpoint"));
}

TEST_F(Resume, HasNothingToNameWhereAllIsUsed) {
  const State saved = checkpoint();
  HostedRun& second = run(2);
  second.runner->resume(saved);
  second.runner->train();
  EXPECT_THAT(messages_, Each(Not(HasSubstr("nothing in this run uses"))));
}

/// A run of stand-ins whose config is compared with that of its checkpoint.
class ResumedConfig : public testing::Test {
 protected:
  std::string resumed_under(const std::string& saved_text, const std::string& text) {
    Runner first = runner_of(text);
    first.train();
    State saved = first.checkpoint().snapshot();
    saved["meta"]["cfg"] = saved_text;
    Runner second = runner_of(text);
    std::string differences;
    second.logger().to_callback(
        [&](LogLevel, std::string_view message) {
          if (message.find("he config ") != std::string_view::npos) differences = message;
        },
        LogLevel::info);
    second.resume(saved);
    second.train();
    return differences;
  }

 private:
  Runner runner_of(const std::string& text) {
    RunSurroundings surroundings;
    RunnerOptions options =
        bind_run_config(Config::from_string(text, Config::Format::python, "small.py"), surroundings);
    options.work_dir = (folder_.path() / std::to_string(++runs_)).string();
    return Runner(std::move(options), std::move(surroundings));
  }
  ScratchFolder folder_;
  int runs_ = 0;
};

constexpr const char* kResumedConfig =
    "model = dict(type='StandInModel')\n"
    "train_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', length=6))\n"
    "train_cfg = dict(by_epoch=False, max_iters=4)\n"
    "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5))\n";

TEST_F(ResumedConfig, IsTheSameHoweverItIsWritten) {
  EXPECT_EQ(resumed_under("optim_wrapper = dict(\n    optimizer=dict(\n        lr=0.5, type='SGD'))\n"
                          "model = {'type': 'StandInModel'}\nload_from = None\nresume = True\n"
                          "train_cfg = dict(max_iters=4, by_epoch=False)\n"
                          "train_dataloader = dict(dataset=dict(length=6, type='StandInDataset'), batch_size=2)\n",
                          kResumedConfig),
            "");
}

TEST_F(ResumedConfig, NamesTheSettingsThatDiffer) {
  std::string before = kResumedConfig;
  before.replace(before.find("lr=0.5"), 6, "lr=0.25");
  EXPECT_EQ(resumed_under(before, kResumedConfig),
            "The config differs from that of the checkpoint; schedules are replayed from step 0 with the new one:\n"
            "  - optim_wrapper.optimizer.lr = 0.25\n  + optim_wrapper.optimizer.lr = 0.5");
}

TEST_F(ResumedConfig, ThatCannotBeReadIsToldAndNotCompared) {
  EXPECT_THAT(resumed_under("model = dict(", kResumedConfig),
              testing::StartsWith("the config of the checkpoint can't be read, and is not compared: "));
}

}  // namespace
}  // namespace millrace
