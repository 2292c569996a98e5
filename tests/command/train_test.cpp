#include <gmock/gmock.h>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/file.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

class TrainCommand : public SmallRun {};

TEST_F(TrainCommand, EndsWithMetricsFilesAndACommandThatTestsTheBestCheckpoint) {
  const ProcessResult result = train({});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, StartsWith("accuracy/top1"));
  for (const char* label : {"best checkpoint", "summary", "curves"})
    EXPECT_TRUE(std::filesystem::exists(line_after(result.output, label))) << result.output;

  const ProcessResult test = shell(line_after(result.output, "test it:"));
  ASSERT_EQ(test.exit_code, 0) << test.error;
  const double best = summary()["best"]["value"].get<double>();
  EXPECT_NEAR(std::stod(line_after(test.output, "accuracy/top1")), best, 1e-3) << test.output;
}

TEST_F(TrainCommand, LogsToStderrAlone) {
  const ProcessResult result = train({"train_cfg.max_epochs=1"});
  EXPECT_THAT(result.error, HasSubstr("Epoch(train) [1][10/10]"));
  EXPECT_THAT(result.output, Not(HasSubstr("Epoch(")));
  EXPECT_THAT(result.error, Not(HasSubstr("\x1b[")));  // no colours, no bar: this is no terminal
}

TEST_F(TrainCommand, WritesASummary) {
  train({});
  ASSERT_THAT(files_named("summary.json"), SizeIs(1u));
  const nlohmann::json found = summary();
  for (const char* part : {"best", "last"})
    for (const char* key : {"metric", "value", "epoch", "iter", "checkpoint"})
      EXPECT_TRUE(found[part].contains(key)) << part << key;
  for (const char* key :
       {"train_seconds", "samples_per_second", "iters", "threads", "isa", "precision", "resumed_from"})
    EXPECT_TRUE(found.contains(key)) << key;
  EXPECT_EQ(found["best"]["metric"], "accuracy/top1");
  EXPECT_EQ(found["iters"], 20);
  EXPECT_EQ(found["last"]["epoch"], 2);
}

TEST_F(TrainCommand, KeepsNothingOfADryRun) {
  const ProcessResult result = train({"--dry-run"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("dry run"));
  EXPECT_FALSE(std::filesystem::exists(path("work")));
}

// The run keeps its length in the eyes of schedules, and is validated whatever its interval.
TEST_F(TrainCommand, DryRunsAScheduleThatBeginsLater) {
  const ProcessResult result = train({"--dry-run", "train_cfg.val_interval=2", "param_scheduler.begin=1"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("accuracy/top1"));
}

TEST_F(TrainCommand, TakesThreadsFromItsOptionThenTheConfigThenTheEnvironment) {
  const auto threads = [&](const std::vector<std::string>& words) {
    const ScratchFolder work;
    std::vector<std::string> command = {kProgram,
                                        "train",
                                        config_,
                                        "--work-dir",
                                        work.path().string(),
                                        "--no-validate",
                                        "train_cfg.max_epochs=1",
                                        "--limit-batches",
                                        "1"};
    command.insert(command.end(), words.begin(), words.end());
    return line_after(run_process(command, {"OMP_NUM_THREADS=3"}).error, "threads of an operator:");
  };
  EXPECT_EQ(threads({}), "3");
  EXPECT_EQ(threads({"env_cfg.threads=2"}), "2");
  EXPECT_EQ(threads({"env_cfg.threads=2", "--threads", "1"}), "1");
}

// The codecs of OpenCV would cost 80 ms at every start.
TEST_F(TrainCommand, LoadsNoCodecsForDataThatNeedNone) {
  const ProcessResult result = run_process(
      {kProgram, "train", config_, "--work-dir", path("work"), "train_cfg.max_epochs=1"}, {"LD_DEBUG=files"});
  ASSERT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("libmillrace_zoo_classification.mmpretrain.so"));
  EXPECT_THAT(result.error, Not(HasSubstr("libmillrace_imaging.so")));
  EXPECT_THAT(result.error, Not(HasSubstr("libopencv")));
}

TEST_F(TrainCommand, LimitsTheBatchesOfEveryLoader) {
  ASSERT_EQ(train({"--limit-batches", "3"}).exit_code, 0);
  EXPECT_EQ(summary()["iters"], 6);
}

TEST_F(TrainCommand, TakesOverridesAndOptionsAnywhere) {
  ASSERT_EQ(
      train({"--cfg-options", "train_cfg.max_epochs=1", "--seed", "9", "train_dataloader.batch_size=40"}).exit_code, 0);
  EXPECT_EQ(summary()["iters"], 4);
}

TEST_F(TrainCommand, TrainsWithoutValidation) {
  ASSERT_EQ(train({"--no-validate", "default_hooks.checkpoint.save_best=None"}).exit_code, 0);
  for (const nlohmann::json& record : records()) EXPECT_FALSE(record.contains("accuracy/top1"));
}

TEST_F(TrainCommand, SaysThatAResumeWithoutACheckpointBeginsAtTheBeginning) {
  const ProcessResult result = train({"--resume"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("no checkpoint"));
  EXPECT_EQ(summary()["iters"], 20);
}

TEST_F(TrainCommand, HasNothingToDoForAFinishedRun) {
  ASSERT_EQ(train({}).exit_code, 0);
  const std::vector<nlohmann::json> before = records();
  const ProcessResult again = train({"--resume"});
  EXPECT_EQ(again.exit_code, 0) << again.error;
  EXPECT_EQ(records(), before);
  EXPECT_THAT(again.output, testing::StartsWith("the run was finished: nothing was left to train\n"));
  EXPECT_THAT(again.error, Not(HasSubstr("The config differs"))) << "--resume is no setting";
}

TEST_F(TrainCommand, RefusesToResumeFromAFileThatIsNotThere) {
  const ProcessResult result = train({"--resume=" + path("nowhere.pth")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_THAT(result.error, HasSubstr(path("nowhere.pth")));
}

TEST_F(TrainCommand, FindsWhatTheFirstValidationWouldFailAtBeforeTheFirstStep) {
  const std::pair<const char*, const char*> kCases[] = {
      {"val_evaluator.topk=(1,11)", "Accuracy cannot compute the top 11: there are 10 classes"},
      {"default_hooks.checkpoint.save_best=accuracy", "there is no metric 'accuracy'; did you mean 'accuracy/top1'?"},
      {"val_dataloader.dataset.indices=0", "the validation data give no batch: the dataset is empty"},
      {"train_dataloader.dataset.indices=0", "the training data give no batch: the dataset is empty"}};
  for (const auto& [word, text] : kCases) {
    const ProcessResult result = train({word});
    EXPECT_EQ(result.exit_code, 2) << word;
    EXPECT_THAT(result.error, HasSubstr(text));
    EXPECT_THAT(result.error, Not(HasSubstr("Epoch(train)"))) << word;
  }
}

TEST_F(TrainCommand, GivesTheSameRecordsForAnyNumberOfWorkers) {
  std::vector<std::vector<nlohmann::json>> runs;
  for (const char* workers : {"0", "1", "4"}) {
    const std::string folder = std::string("workers_") + workers;
    ASSERT_EQ(train({"--work-dir", path(folder), std::string("train_dataloader.num_workers=") + workers}).exit_code, 0);
    runs.push_back(records(folder));
  }
  EXPECT_THAT(runs[0], SizeIs(22u));
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
}

TEST_F(TrainCommand, RefusesALastBatchOfOneSampleThatABatchNormCannotTake) {
  config_ = write("resnet.py",
                  "_base_ = ['small.py']\n"
                  "model = dict(\n"
                  "    backbone=dict(\n"
                  "        _delete_=True, type='ResNet', depth=18, in_channels=1, base_channels=8, stem_channels=8),\n"
                  "    neck=dict(type='GlobalAveragePooling'), head=dict(in_channels=64))\n"
                  "train_dataloader = dict(batch_size=4, dataset=dict(indices=5))\n");
  const ProcessResult result = train({});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error,
              HasSubstr(": backbone.layer4.0.bn1: BatchNorm2d got input (4, 64, 1, 1), one value for each channel of a "
                        "sample, and the last batch of an epoch has one sample: in training it needs more than one "
                        "value\n  in iteration 1 of the training, 4 rows: "));
  EXPECT_THAT(result.error, HasSubstr("\n  help: drop_last=True in train_dataloader\n"));
  EXPECT_THAT(records(), IsEmpty());
}

TEST_F(TrainCommand, LeavesItsConfigInTheWorkDirAsMMEngineDoes) {
  const std::vector<std::string> short_run = {"train_cfg.max_epochs=1", "--limit-batches", "2", "--no-validate",
                                              "--overwrite"};
  ASSERT_EQ(train(short_run).exit_code, 0);
  const std::string kept = path("work/small.py");
  EXPECT_EQ(shell(kProgram + " config diff " + kept + " " + files_named("config.py").at(0).string()).exit_code, 0);
  EXPECT_EQ(shell(kProgram + " config get " + kept + " train_cfg.max_epochs").output, "1\n");

  // Its own is replaced, but not while it is what is trained.
  std::vector<std::string> again = short_run;
  again.push_back("randomness.seed=8");
  ASSERT_EQ(train(again).exit_code, 0);
  EXPECT_EQ(shell(kProgram + " config get " + kept + " randomness.seed").output, "8\n");
  const std::string before = io::read_file(kept);
  const ProcessResult itself =
      run_process({kProgram, "train", kept, "--work-dir", path("work"), "--overwrite", "randomness.seed=9"});
  EXPECT_EQ(itself.exit_code, 0) << itself.error;
  EXPECT_THAT(itself.error, HasSubstr(kept + " stays as it is: the config of this run is in the run folder\n"));
  EXPECT_EQ(io::read_file(kept), before);

  write("work/small.py", "a = 1\n");
  ASSERT_EQ(train(short_run).exit_code, 0);
  EXPECT_EQ(io::read_file(kept), "a = 1\n");
}

TEST_F(TrainCommand, LeavesCheckpointsOfWhichMMEngineHasNothingToComplain) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1", "--limit-batches", "2", "--no-validate"}).exit_code, 0);
  const State file = load_torch_file(path("work/epoch_1.pth"));
  EXPECT_EQ(file.at("meta").at("dataset_meta").at("classes").kind(), State::Kind::tuple);
  EXPECT_TRUE(file.at("message_hub").at("log_scalars").entries().empty());
  EXPECT_NE(file.at("millrace").at("log_scalars").find("train/loss"), nullptr);
}

TEST_F(TrainCommand, SavesWeightsThatAreNotFiniteSaysSoAndFails) {
  const ProcessResult result = train({"optim_wrapper.optimizer.lr=1e30"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, testing::ContainsRegex("the loss of iteration [2-9] is -?(nan|inf)"));
  EXPECT_THAT(result.error, HasSubstr("\nmillrace: the last weights are not finite: the first such tensor is "
                                      "backbone.conv1.weight\n  the loss of iteration "));
  EXPECT_THAT(result.output, Not(HasSubstr("best checkpoint")));
  EXPECT_THAT(result.output, Not(HasSubstr("test it")));
  EXPECT_TRUE(summary()["best"]["checkpoint"].is_null());
  EXPECT_EQ(summary()["broken_weight"], "backbone.conv1.weight");
  EXPECT_EQ(summary()["not_finite"]["name"], "loss");
  for (const auto& entry : std::filesystem::directory_iterator(path("work")))
    EXPECT_THAT(entry.path().filename().string(), Not(StartsWith("best_")));

  const std::string said = path("work/epoch_2.pth") +
                           ": the weights are not finite: the first such tensor is "
                           "backbone.conv1.weight\n";
  for (const ProcessResult& use :
       {run_process({kProgram, "test", config_, path("work/epoch_2.pth"), "--work-dir", path("tested")}),
        train({"--resume"}), train({"--load-from", path("work/epoch_2.pth"), "--work-dir", path("again")})}) {
    EXPECT_EQ(use.exit_code, 2) << use.error;
    EXPECT_THAT(use.error, HasSubstr(said));
  }
}

class TestCommand : public SmallRun {};

TEST_F(TestCommand, ShowsSamplesAndMetrics) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1"}).exit_code, 0);
  const ProcessResult result =
      run_process({kProgram, "test", config_, path("work/epoch_1.pth"), "--work-dir", path("work"), "--show", "3"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("accuracy/top5"));
  EXPECT_THAT(result.output, HasSubstr("prediction"));
}

TEST_F(TestCommand, TakesAPlainStateDict) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1"}).exit_code, 0);
  save_checkpoint_file(path("plain.pth"), load_checkpoint_file(path("work/epoch_1.pth")).at("state_dict"));
  const auto accuracy = [&](const std::string& file) {
    const ProcessResult result = run_process({kProgram, "test", config_, path(file), "--work-dir", path("tested")});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    return line_after(result.output, "accuracy/top1");
  };
  EXPECT_EQ(accuracy("plain.pth"), accuracy("work/epoch_1.pth"));
  EXPECT_NE(accuracy("plain.pth"), "");
}

TEST_F(TestCommand, ShowsTensorsThatDoNotFitTheModel) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1", "--limit-batches", "2"}).exit_code, 0);
  const ProcessResult result = run_process(
      {kProgram, "test", config_, path("work/epoch_1.pth"), "--work-dir", path("work"), "model.head.num_classes=7"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("2 of 16 tensors do not fit the model"));
  EXPECT_THAT(result.error, HasSubstr("head.fc.weight"));
}

TEST_F(TestCommand, RefusesACheckpointThatIsNotThere) {
  const ProcessResult result =
      run_process({kProgram, "test", config_, path("nowhere.pth"), "--work-dir", path("work")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr(path("nowhere.pth")));
}

}  // namespace
}  // namespace millrace
