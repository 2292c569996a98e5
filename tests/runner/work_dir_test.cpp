#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "millrace/base/run_control.h"
#include "millrace/cli/engine.h"
#include "millrace/io/file.h"
#include "millrace/io/folder_lock.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::StartsWith;

/// `millrace train` of stand-ins for two epochs, in one folder again and again.
class WorkDir : public testing::Test {
 protected:
  WorkDir() {
    request_.config = folder_.write("small.py",
                                    "model = dict(type='StandInModel')\n"
                                    "train_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', "
                                    "length=6), sampler=dict(type='DefaultSampler', shuffle=False))\n"
                                    "train_cfg = dict(by_epoch=True, max_epochs=2)\n"
                                    "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5))\n");
    request_.work_dir = folder_ / "runs";
    request_.console = false;
    request_.go_on = "millrace train small.py --resume";
  }
  RunOutcome train() {
    RunControl control;
    return engine().train(request_, control);
  }
  void resume(const std::string& path) {
    request_.resume = path.empty() ? TrainRequest::Resume::latest : TrainRequest::Resume::path;
    request_.resume_path = path.empty() ? "" : folder_ / path;
  }
  std::string refusal() {
    try {
      train();
    } catch (const Error& error) {
      return folder_.shown(error.what());
    }
    return "";
  }
  std::map<std::string, std::string> contents() const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / "runs"))
      contents[entry.path().string()] = entry.is_regular_file() ? io::read_file(entry.path().string()) : "";
    return contents;
  }

  ScratchFolder folder_;
  TrainRequest request_;
};

TEST_F(WorkDir, ThatHasARunIsRefusedAndLeftAsItIs) {
  train();
  const auto before = contents();
  EXPECT_EQ(refusal(),
            "runs: holds a run already, saved up to epoch_2.pth\n"
            "  resume:  millrace train small.py --resume\n"
            "  help: --overwrite begins anew and replaces its files; --work-dir DIR trains elsewhere");
  EXPECT_EQ(contents(), before);
}

TEST_F(WorkDir, OfARunThatEndedBeforeItsFirstCheckpointIsFree) {
  request_.overrides = {"default_hooks.checkpoint=None"};
  train();
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkDir, OfAnotherRunIsRefusedToAResumeFromElsewhere) {
  train();
  request_.work_dir = folder_ / "other";
  train();
  resume("runs/epoch_1.pth");
  EXPECT_THAT(refusal(), StartsWith("other: holds a run already, saved up to epoch_2.pth\n"));
  request_.work_dir = folder_ / "third";
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkDir, IsGoneOnWithFromAnyOfItsCheckpoints) {
  train();
  resume("runs/epoch_1.pth");
  EXPECT_EQ(refusal(), "");
  resume("");
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkDir, IsTakenByANewRunThatMayOverwriteTheOldOne) {
  train();
  request_.overwrite = true;
  request_.overrides = {"train_cfg.max_epochs=1"};
  train();
  EXPECT_THAT(io::read_file(folder_ / "runs/last_checkpoint"), testing::EndsWith("/epoch_1.pth"));
  request_.overrides = {"default_hooks.checkpoint=None"};  // as where the run is killed before it saves
  train();
  request_.overwrite = false;
  request_.overrides = {};
  resume("");
  EXPECT_EQ(nlohmann::json::parse(io::read_file(train().summary))["resumed_from"], nullptr)
      << "the old run is not gone on with";
}

TEST_F(WorkDir, CountsTheFolderThatCheckpointsAreWrittenTo) {
  request_.overrides = {"default_hooks.checkpoint.out_dir=" + (folder_ / "out")};
  train();
  request_.work_dir = folder_ / "again/runs";
  EXPECT_THAT(refusal(), StartsWith("out/runs: holds a run already, saved up to epoch_2.pth\n"));
  request_.work_dir = folder_ / "runs";
  resume("out/runs/epoch_1.pth");
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkDir, MayBeTheFolderThatCheckpointsAreWrittenTo) {
  request_.overrides = {"default_hooks.checkpoint.out_dir=" + folder_.path().string()};
  EXPECT_EQ(refusal(), "");
}

TEST_F(WorkDir, KeepsItsRunWhereTheNewOneDoesNotBegin) {
  train();
  request_.overwrite = true;
  request_.overrides = {"val_cfg={'type':'ValLoop'}", "val_evaluator={'type':'StandInMetric'}",
                        "val_dataloader={'dataset':{'type':'StandInDataset','length':0}}"};
  EXPECT_THAT(refusal(), StartsWith("the validation data give no batch"));
  EXPECT_THAT(io::read_file(folder_ / "runs/last_checkpoint"), testing::EndsWith("/epoch_2.pth"));
}

TEST_F(WorkDir, IsForOneProcess) {
  const io::FolderLock lock(folder_ / "runs");
  EXPECT_THAT(refusal(), StartsWith("runs: another training runs in this folder: process "));
  EXPECT_TRUE(std::filesystem::exists(folder_.path() / "runs/.lock"));
  request_.dry_run = true;
  EXPECT_EQ(refusal(), "");
}

}  // namespace
}  // namespace millrace
