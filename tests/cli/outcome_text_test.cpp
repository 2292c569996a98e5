#include "millrace/cli/outcome_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

namespace millrace {
namespace {

TrainRequest lenet_request() {
  TrainRequest request;
  request.config = "configs/lenet.py";
  request.overrides = {"optim_wrapper.optimizer.lr=0.1", "train_dataloader.dataset.data_root=my data"};
  request.work_dir = "there";
  request.seed = 3;
  return request;
}

const Invocation kTyped{"build/bin/millrace", {}};

TEST(TrainResults, NameMetricsBestCheckpointAndTheCommandThatTestsIt) {
  RunOutcome outcome;
  outcome.finished = true;
  outcome.metrics = {{"accuracy/top1", "92.31"}, {"accuracy/top5", "99.8"}};
  outcome.best_metric = "accuracy/top1 92.31 at epoch 7";
  outcome.best_checkpoint = "there/best_accuracy_top1_epoch_7.pth";
  outcome.last_checkpoint = "there/epoch_8.pth";
  outcome.summary = "there/run/summary.json";
  outcome.curves = "there/run/curves.svg";
  outcome.seconds = 83.9;
  outcome.samples_per_second = 5721.4;
  EXPECT_EQ(train_results(outcome, lenet_request(), kTyped),
            "accuracy/top1  92.31\n"
            "accuracy/top5   99.8\n"
            "\n"
            "trained          0:01:23 at 5721 samples/s\n"
            "best             accuracy/top1 92.31 at epoch 7\n"
            "best checkpoint  there/best_accuracy_top1_epoch_7.pth\n"
            "last checkpoint  there/epoch_8.pth\n"
            "summary          there/run/summary.json\n"
            "curves           there/run/curves.svg\n"
            "\n"
            "test it:  build/bin/millrace test configs/lenet.py there/best_accuracy_top1_epoch_7.pth "
            "optim_wrapper.optimizer.lr=0.1 'train_dataloader.dataset.data_root=my data' --work-dir there\n");
}

TEST(TrainResults, LeaveOutWhatThereIsNot) {
  RunOutcome outcome;
  outcome.finished = true;
  outcome.notice = "nothing to do: the run is finished";
  EXPECT_EQ(train_results(outcome, lenet_request(), kTyped), "nothing to do: the run is finished\n");
}

TEST(StopText, SaysHowToGoOnWithTheSameOptions) {
  RunOutcome outcome;
  outcome.stop_reason = SIGINT;
  outcome.last_checkpoint = "there/iter_120.pth";
  TrainRequest request = lenet_request();
  request.load_from = "old.pth";
  request.validate = false;
  EXPECT_EQ(stop_text(outcome, request, kTyped),
            "millrace: stopped by SIGINT; the state is saved in there/iter_120.pth\n"
            "  resume:  build/bin/millrace train configs/lenet.py optim_wrapper.optimizer.lr=0.1 "
            "'train_dataloader.dataset.data_root=my data' --resume --work-dir there --seed 3 --no-validate\n");
}

TEST(StopText, RevisesTheNamesOfTheRunsCheckpointButNotThoseOfTheFileThatItBeganWith) {
  TrainRequest request;
  request.config = "a.py";
  request.revise_keys = {{"^model\\.", ""}};
  EXPECT_EQ(resume_line(request, kTyped), "build/bin/millrace train a.py --resume --revise-keys '^model\\.='");
  request.load_from = "old.pth";
  EXPECT_EQ(resume_line(request, kTyped), "build/bin/millrace train a.py --resume");
}

TEST(TrainResults, TestWithThePrecisionAndTheThreadsOfTheTraining) {
  RunOutcome outcome;
  outcome.last_checkpoint = "epoch_1.pth";
  TrainRequest request;
  request.config = "a.py";
  request.precision = "bf16";
  request.threads = 1;
  EXPECT_THAT(train_results(outcome, request, kTyped),
              testing::HasSubstr("test it:  build/bin/millrace test a.py epoch_1.pth precision=bf16 --threads 1\n"));
}

TEST(StopText, PromisesNothingWhereNothingWasSaved) {
  RunOutcome outcome;
  outcome.stop_reason = SIGTERM;
  EXPECT_EQ(stop_text(outcome, lenet_request(), kTyped),
            "millrace: stopped by SIGTERM, before there was anything to save\n");
}

TEST(StopExitCode, Is128AndTheSignal) {
  RunOutcome outcome;
  outcome.stop_reason = SIGINT;
  EXPECT_EQ(stop_exit_code(outcome), 130);
  outcome.stop_reason = SIGTERM;
  EXPECT_EQ(stop_exit_code(outcome), 143);
  outcome.stop_reason = RunControl::kCancel;
  EXPECT_EQ(stop_exit_code(outcome), 130);
}

TEST(TestResults, ShowSamplesAboveTheMetrics) {
  RunOutcome outcome;
  outcome.samples = "sample 0: 9 ankle boot";
  outcome.metrics = {{"accuracy/top1", "91.0"}};
  EXPECT_EQ(test_results(outcome), "sample 0: 9 ankle boot\n\naccuracy/top1  91.0\n");
}

}  // namespace
}  // namespace millrace
