#include <gmock/gmock.h>

#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// `millrace config validate` and `config coverage` over files of their own.
class ValidateTest : public SmallRun {
 protected:
  /// Runs in the folder of the files, so that places are short.
  ProcessResult run(const std::string& words) const {
    return shell("cd '" + folder_.path().string() + "' && '" + kProgram + "' config " + words);
  }
};

TEST_F(ValidateTest, ReportsMistakesOfEveryKindWithTheirPlaces) {
  write("five.py",
        "default_scope = 'mmpretrain'\n"
        "model = dict(\n"
        "    type='ImageClassifier',\n"
        "    backbone=dict(type='LeNet', dropout=2.0),\n"
        "    head=dict(type='LinearClsHead', num_classes='ten', in_channels=16,\n"
        "              loss=dict(type='CrosEntropyLoss')))\n"
        "train_dataloader = dict(\n"
        "    batch_size=16, sampler=dict(type='DefaultSampler', shufle=True),\n"
        "    dataset=dict(type='FashionMNIST', data_root='data', split='train'))\n"
        "train_cfg = dict(by_epoch=True, max_epochs=2)\n"
        "optim_wrapper = dict(type='OptimWrapper')\n");
  const ProcessResult result = run("validate five.py");
  EXPECT_EQ(result.output,
            "five.py:4:41: LeNet.dropout must be from 0 to 1, got 2.0\n"
            "five.py:5:49: LinearClsHead.num_classes must be an int, got 'ten' (str)\n"
            "five.py:6:30: no Loss 'CrosEntropyLoss'; did you mean 'CrossEntropyLoss'?\n"
            "five.py:8:56: DefaultSampler has no key 'shufle'; did you mean 'shuffle'?\n"
            "five.py:11:17: OptimWrapper needs the key 'optimizer' (optimizer: Optimizer, the optimizer)\n"
            "1 config: 5 mistakes\n");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, IsEmpty());
}

TEST_F(ValidateTest, IsContentWithAConfigThatTrains) {
  const ProcessResult result = run("validate small.py train_cfg.max_epochs=5");
  EXPECT_EQ(result.output, "1 config: no mistakes\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(ValidateTest, SaysWhichKeysOfALoadHaveNoEffect) {
  write("idle.py", "_base_ = 'small.py'\nload_revise_keys = [(r'^a\\.', '')]\nload_strict = False\n");
  EXPECT_EQ(run("validate idle.py").output,
            "idle.py:2:20: warning: load_revise_keys has no effect: there is no load_from to read (an init_cfg of type "
            "Pretrained has revise_keys of its own)\n"
            "idle.py:3:15: warning: load_strict has no effect: there is no load_from to read\n"
            "1 config: no mistakes\n");
  EXPECT_THAT(run("validate idle.py load_from=a.pth").output, Not(HasSubstr("effect")));
  EXPECT_THAT(run("validate idle.py resume=True").output, Not(HasSubstr("effect")));
  write("no_val.py", "_base_ = 'small.py'\nval_dataloader = None\nval_cfg = None\nval_evaluator = None\n");
  EXPECT_THAT(run("validate no_val.py").output, HasSubstr("warning: save_best has no effect: the run has no "));
  EXPECT_THAT(run("validate small.py load_from=a.pth resume=b.pth").output,
              HasSubstr("warning: load_from has no effect: the run goes on from b.pth\n"));
}

TEST_F(ValidateTest, ChecksOverrides) {
  const ProcessResult result = run("validate small.py optim_wrapper.optimizer.lr=-3");
  EXPECT_EQ(
      result.output,
      "command line: optim_wrapper.optimizer.lr=-3: AdamW.lr must be at least 0, got -3.0\n1 config: 1 mistake\n");
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(ValidateTest, NamesWhatIsNotThereOnceForAllFilesAndReadsTheRest) {
  write("base.py", "default_scope = 'mmdet'\nmodel = dict(type='FasterRCNN')\nnorm = 1\n");
  write("a.py", "_base_ = 'base.py'\ncustom_hooks = [dict(type='NPUProfilerHook')]\nother = 2\n");
  write("b.py", "_base_ = 'base.py'\n");
  ProcessResult result = run("validate a.py b.py");
  EXPECT_EQ(result.output,
            "base.py:2:19: not checked: no Model 'mmdet.FasterRCNN': the default scope 'mmdet' is not installed, 2 "
            "times\n"
            "a.py:2:27: not checked: no Hook 'NPUProfilerHook': this build has none\n"
            "a.py:3:1: warning: nothing reads the config's other\n"
            "2 configs: no mistakes, 2 names that this build does not have\n");
  EXPECT_EQ(result.exit_code, 0);
  result = run("validate a.py none.py");
  EXPECT_THAT(result.output, HasSubstr("none.py: this file does not exist\n"));
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(ValidateTest, WritesJsonLines) {
  write("a.py", "model = dict(type='mmdet.RPN')\nother = 2\ntrain_cfg = dict(max_epochs=2, val_intervall=1)\n");
  const ProcessResult result = run("validate a.py --json");
  EXPECT_EQ(
      result.output,
      "{\"finding\":\"mistake\",\"file\":\"a.py\",\"line\":3,\"column\":32,\"text\":\"EpochBasedTrainLoop has no "
      "key 'val_intervall'; did you mean 'val_interval'?\",\"notes\":[\"keys: dynamic_intervals, max_epochs, "
      "val_begin, val_interval\"]}\n"
      "{\"finding\":\"absent\",\"file\":\"a.py\",\"line\":1,\"column\":19,\"name\":\"mmdet.RPN\",\"kind\":\"Model\","
      "\"reason\":\"the scope 'mmdet' is not installed\",\"count\":1}\n"
      "{\"finding\":\"warning\",\"file\":\"a.py\",\"line\":2,\"column\":1,\"text\":\"nothing reads the config's "
      "other\",\"notes\":[]}\n"
      "{\"finding\":\"summary\",\"configs\":1,\"mistakes\":1,\"absent\":1,\"warnings\":1}\n");
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(ValidateTest, ComesFirstInATraining) {
  write("a.py",
        "_base_ = 'small.py'\ntrain_cfg = dict(max_epoch=2)\ncustom_hooks = [dict(type='NPUProfilerHook'), "
        "dict(type='NPUProfilerHook')]\n");
  const ProcessResult result = shell("cd '" + folder_.path().string() + "' && '" + kProgram + "' train a.py");
  EXPECT_EQ(result.error,
            "a.py:2:18: EpochBasedTrainLoop has no key 'max_epoch'; did you mean 'max_epochs'?\n"
            "  keys: dynamic_intervals, max_epochs, val_begin, val_interval\n"
            "a.py:3:27: no Hook 'NPUProfilerHook': this build has none, 2 times\n"
            "  help: custom_hooks=[] runs without the hooks of that list, and so without what they do\n");
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(ValidateTest, OfAComponentThatIsNotThereATrainingSaysWhatToDoNext) {
  write("a.py",
        "_base_ = 'small.py'\ncustom_hooks = [dict(type='NPUProfilerHook')]\n"
        "default_hooks = dict(profiler=dict(type='RFSearchHook'))\n"
        "visualizer = dict(type='Visualizer', vis_backends=[dict(type='WandbVisBackend')])\n");
  const std::string train = "cd '" + folder_.path().string() + "' && '" + kProgram + "' train a.py --dry-run ";
  const ProcessResult refused = shell(train);
  EXPECT_EQ(refused.error,
            "a.py:2:27: no Hook 'NPUProfilerHook': this build has none\n"
            "  help: custom_hooks=[] runs without the hooks of that list, and so without what they do\n"
            "a.py:3:41: no Hook 'RFSearchHook': this build has none\n"
            "  help: default_hooks.profiler=None runs without that hook, and so without what it does\n"
            "a.py:4:62: no VisBackend 'WandbVisBackend': this build has none\n"
            "  help: visualizer=None writes records to vis_data in the run folder alone\n");
  EXPECT_EQ(refused.exit_code, 2);
  const ProcessResult typed = shell(train + "custom_hooks=[] default_hooks.profiler=None visualizer=None");
  EXPECT_EQ(typed.exit_code, 0) << typed.error;
  write("b.py", "_base_ = 'small.py'\noptim_wrapper = dict(optimizer=dict(type='SparseAdam'))\n");
  EXPECT_THAT(shell("cd '" + folder_.path().string() + "' && '" + kProgram + "' train b.py").error,
              HasSubstr("help: millrace list Optimizer shows those that there are\n"));
}

TEST_F(ValidateTest, TakesAPrefetchFactorOfNone) {
  EXPECT_EQ(run("validate small.py train_dataloader.prefetch_factor=None").output, "1 config: no mistakes\n");
}

TEST_F(ValidateTest, ALauncherGetsANotice) {
  write("a.py", "_base_ = 'small.py'\nlauncher = 'pytorch'\n");
  EXPECT_THAT(run("validate a.py").output,
              HasSubstr("a.py:2:12: warning: launcher='pytorch' has no effect: a training is one process\n"));
  write("b.py", "_base_ = 'small.py'\nlauncher = 'none'\n");
  EXPECT_THAT(run("validate b.py").output, Not(HasSubstr("launcher")));
  const ProcessResult flag =
      shell("cd '" + folder_.path().string() + "' && '" + kProgram + "' train b.py --dry-run --launcher slurm");
  EXPECT_EQ(flag.exit_code, 0) << flag.error;
  EXPECT_THAT(flag.error, HasSubstr("launcher='slurm' has no effect: a training is one process\n"));
}

/// Five whole configs, two fragments and a file that is none.
class CoverageTest : public ValidateTest {
 protected:
  CoverageTest() {
    std::filesystem::create_directories(folder_.path() / "many" / "_base_");
    write("many/_base_/runtime.py", "default_scope = 'mmpretrain'\n");
    write("many/_base_/whole.py", config_text() + "custom_hooks = [dict(type='NoHook')]\n");
    write("many/model.py", "model = dict(type='ImageClassifier')\n");
    write("many/good.py", config_text());
    for (const char* name : {"a", "b"})
      write(std::string("many/") + name + ".py",
            "_base_ = ['_base_/runtime.py']\ntrain_dataloader = dict()\n"
            "model = dict(type='ImageClassifier', backbone=dict(type='VAN'), neck=dict(type='VanNeck'))\n");
    write("many/c.yaml", "val_dataloader: {}\nmodel: {type: mmdet.RPN, backbone: {type: mmpretrain.VAN}}\n");
    write("many/d.yaml", "test_dataloader: {}\nmodel: {type: mmdet.Solo}\n");
    write("many/e.py", "model = nothing\n");
  }
};

TEST_F(CoverageTest, CountsWhatWholeConfigsLack) {
  const ProcessResult result = run("coverage many");
  EXPECT_EQ(result.output,
            "this build has all components of 1 of 5 configs\n"
            "3 files skipped: no model, no dataloader, or in a folder _base_: parts of configs\n"
            "1 file can't be read:\n"
            "  many/e.py:1:9: name 'nothing' is not defined\n"
            "\n"
            "lacking             kind      configs  mentions\n"
            "mmpretrain.VAN      Backbone        3         3\n"
            "mmpretrain.VanNeck  Neck            2         2\n"
            "mmdet.RPN           Model           1         1\n"
            "mmdet.Solo          Model           1         1\n");
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(CoverageTest, ChoosesTheComponentsThatMakeMostConfigsRun) {
  ProcessResult result = run("coverage many --next 2");
  EXPECT_THAT(result.output, testing::EndsWith("\nwith the next 2 components, 3 of 5 configs run:\n"
                                               "next                kind      configs then\n"
                                               "mmpretrain.VAN      Backbone             1\n"
                                               "mmpretrain.VanNeck  Neck                 3\n"));
  result = run("coverage many --next 1");
  EXPECT_THAT(result.output, testing::EndsWith("\nwith the next component, 2 of 5 configs run:\n"
                                               "next        kind   configs then\n"
                                               "mmdet.Solo  Model             2\n"));
}

TEST_F(CoverageTest, WritesJsonLines) {
  const ProcessResult result = run("coverage many --next 2 --json");
  EXPECT_THAT(result.output, HasSubstr("{\"finding\":\"absent\",\"name\":\"mmpretrain.VAN\",\"kind\":\"Backbone\","
                                       "\"configs\":3,\"mentions\":3}\n"));
  EXPECT_THAT(
      result.output,
      testing::EndsWith("{\"finding\":\"next\",\"items\":[\"mmpretrain.VAN\",\"mmpretrain.VanNeck\"],\"runs\":3}\n"
                        "{\"finding\":\"summary\",\"configs\":5,\"covered\":1,\"parts\":3,\"unreadable\":1}\n"));
}

TEST_F(CoverageTest, RefusesAFolderThatIsNotThereAndANumberBelowOne) {
  ProcessResult result = run("coverage nowhere");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("nowhere: this folder can't be read"));
  result = run("coverage many --next 0");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.error, "millrace: --next takes a whole number of at least 1, got '0'\n");
}

}  // namespace
}  // namespace millrace
