#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/checkpoint/checkpoint_file.h"
#include "tests/support/small_images.h"
#include "tests/support/small_training.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class CommandRun : public testing::Test {
 protected:
  void SetUp() override { write_small_images(path("data"), 160, 40); }

  std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }

  std::string write_config(const std::string& name, const SmallTraining& settings = {}) {
    std::ofstream(path(name)) << small_training_config(path("data"), settings);
    return path(name).string();
  }

  ProcessResult millrace(std::vector<std::string> arguments, const std::function<void(int, const std::string&)>& while_running = {}) {
    arguments.insert(arguments.begin(), std::string(MILLRACE_BINARY_DIR) + "/bin/millrace");
    return run_process(arguments, {}, while_running);
  }

  State checkpoint(const std::string& name) const { return load_checkpoint_file(path(name).string()); }

  std::vector<json> records(const std::string& work_dir) const {
    std::filesystem::path newest;
    for (const auto& entry : std::filesystem::directory_iterator(path(work_dir)))
      if (entry.is_directory()) newest = std::max(newest, entry.path());
    std::vector<json> records;
    std::ifstream file(newest / "vis_data" / "scalars.json");
    for (std::string line; std::getline(file, line);) {
      json record = json::parse(line);
      for (const char* key : {"time", "data_time", "memory"}) record.erase(key);
      records.push_back(record);
    }
    return records;
  }

  json summary(const std::string& work_dir) const {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path(work_dir)))
      if (entry.path().filename() == "summary.json") return json::parse(std::ifstream(entry.path()));
    return {};
  }

  TemporaryFolder folder_;
};

TEST_F(CommandRun, LossesDoNotDependOnTheNumberOfWorkers) {
  std::vector<std::vector<json>> runs;
  std::vector<State> weights;
  for (int workers : {0, 1, 4}) {
    const std::string name = "workers" + std::to_string(workers);
    const std::string config = write_config(name + ".py", {.workers = workers});
    const ProcessResult run = millrace({"train", config, "--work-dir", path(name).string(), "default_hooks.logger.interval=1"});
    ASSERT_EQ(run.exit_code, 0) << run.error;
    runs.push_back(records(name));
    weights.push_back(checkpoint(name + "/epoch_2.pth").at("state_dict"));
  }
  EXPECT_EQ(runs[0].size(), 22U);  // a record an iteration, one a validation
  EXPECT_EQ(runs[0], runs[1]);
  EXPECT_EQ(runs[0], runs[2]);
  EXPECT_TRUE(weights[0].equals(weights[1]));
  EXPECT_TRUE(weights[0].equals(weights[2]));
}

TEST_F(CommandRun, ASignalInMidEpochLosesNothing) {
  const std::string config = write_config("config.py");
  ASSERT_EQ(millrace({"train", config, "--work-dir", path("whole").string()}).exit_code, 0);
  for (const auto& [signal, exit_code] : {std::pair(SIGINT, 130), std::pair(SIGTERM, 143)}) {
    const std::string work_dir = "stopped" + std::to_string(signal);
    bool sent = false;
    const ProcessResult stopped = millrace({"train", config, "--work-dir", path(work_dir).string()}, [&](int pid, const std::string& line) {
      if (!sent && line.find("Epoch(train) [1][ 3/10]") != std::string::npos) sent = kill(pid, signal) == 0;
    });
    EXPECT_EQ(stopped.exit_code, exit_code) << stopped.error;
    EXPECT_THAT(stopped.output + stopped.error, HasSubstr("--resume"));
    const ProcessResult resumed = millrace({"train", config, "--work-dir", path(work_dir).string(), "--resume"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
    EXPECT_TRUE(checkpoint(work_dir + "/epoch_2.pth").at("state_dict").equals(checkpoint("whole/epoch_2.pth").at("state_dict")));
    EXPECT_EQ(records(work_dir), records("whole"));
  }
}

TEST_F(CommandRun, WritesASummaryWithTheBestAndTheLast) {
  const std::string config = write_config("config.py", {.checkpoint = "dict(interval=1, save_best='accuracy/top1')"});
  const ProcessResult run = millrace({"train", config, "--work-dir", path("run").string()});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const json written = summary("run");
  for (const char* key : {"best", "last", "train_seconds", "samples_per_second", "iters", "threads", "isa", "precision", "resumed_from"})
    EXPECT_TRUE(written.contains(key)) << key;
  EXPECT_EQ(written["iters"], 20);
  EXPECT_EQ(written["precision"], "fp32");
  EXPECT_EQ(written["best"]["metric"], "accuracy/top1");
  for (const auto& [key, value] : written["best"].items()) EXPECT_TRUE(written["last"].contains(key)) << key;
  EXPECT_TRUE(std::filesystem::exists(written["best"]["checkpoint"].get<std::string>()));
  // The value is the accuracy that the command measures again on that file.
  const ProcessResult test = millrace({"test", config, written["best"]["checkpoint"], "--work-dir", path("run").string()});
  ASSERT_EQ(test.exit_code, 0) << test.error;
  char expected[32];
  std::snprintf(expected, sizeof expected, "%.4f", written["best"]["value"].get<double>());
  EXPECT_THAT(test.output, HasSubstr(expected));
}

TEST_F(CommandRun, AFinishedRunIsResumedToNothingToDo) {
  const std::string config = write_config("config.py");
  ASSERT_EQ(millrace({"train", config, "--work-dir", path("run").string()}).exit_code, 0);
  const State before = checkpoint("run/epoch_2.pth");
  const ProcessResult again = millrace({"train", config, "--work-dir", path("run").string(), "--resume"});
  EXPECT_EQ(again.exit_code, 0) << again.error;
  EXPECT_TRUE(checkpoint("run/epoch_2.pth").equals(before));
}

TEST_F(CommandRun, ResumeWithoutACheckpointStartsAndSaysSo) {
  const std::string config = write_config("config.py", {.epochs = 1});
  const ProcessResult run = millrace({"train", config, "--work-dir", path("run").string(), "--resume"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.error, HasSubstr("starting from the beginning"));
  const ProcessResult named = millrace({"train", config, "--work-dir", path("run").string(), "--resume=" + path("none.pth").string()});
  EXPECT_EQ(named.exit_code, 2);
  EXPECT_THAT(named.error, HasSubstr("none.pth"));
}

TEST_F(CommandRun, ADryRunGoesThroughEveryLoopAndKeepsNothing) {
  const std::string config = write_config("config.py");
  const ProcessResult run = millrace({"train", config, "--work-dir", path("run").string(), "--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.error;
  EXPECT_FALSE(std::filesystem::exists(path("run")));
  for (const char* part : {"Epoch(train)", "Epoch(val)", "Epoch(test)"}) EXPECT_THAT(run.error, HasSubstr(part));
}

TEST_F(CommandRun, LimitBatchesShortensEveryLoader) {
  const std::string config = write_config("config.py");
  const ProcessResult run = millrace({"train", config, "--work-dir", path("run").string(), "--limit-batches", "3"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(checkpoint("run/epoch_2.pth").at("meta").at("iter").integer(), 6);
}

TEST_F(CommandRun, NoValidateTrainsWithoutValidation) {
  const std::string config = write_config("config.py");
  const ProcessResult run = millrace({"train", config, "--work-dir", path("run").string(), "--no-validate"});
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_THAT(run.error, Not(HasSubstr("Epoch(val)")));
}

TEST_F(CommandRun, WeightsOfAPlainStateDictAreTested) {
  const std::string config = write_config("config.py");
  ASSERT_EQ(millrace({"train", config, "--work-dir", path("run").string()}).exit_code, 0);
  save_checkpoint_file(path("plain.pth").string(), checkpoint("run/epoch_2.pth").at("state_dict"));
  const ProcessResult whole = millrace({"test", config, path("run/epoch_2.pth").string(), "--work-dir", path("a").string()});
  const ProcessResult plain = millrace({"test", config, path("plain.pth").string(), "--work-dir", path("b").string()});
  EXPECT_EQ(plain.exit_code, 0) << plain.error;
  const auto first_line = [](const std::string& text) { return text.substr(0, text.find('\n')); };
  EXPECT_EQ(first_line(plain.output), first_line(whole.output));
  EXPECT_THAT(plain.output, HasSubstr("accuracy/top1"));
}

}  // namespace
}  // namespace millrace
