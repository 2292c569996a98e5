#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>

#include <fstream>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/file.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// The command in a folder with a table of three classes and a network of four tensors for it.
class WeightsOfTheCommand : public testing::Test {
 protected:
  WeightsOfTheCommand() {
    std::string rows = "x,y,class\n";
    for (int i = 0; i < 12; ++i)
      rows += std::to_string(i % 3) + "," + std::to_string(i % 4) + "," + "abc"[i % 3] + "\n";
    write("rows.csv", rows);
    write("config.py", config(""));
  }

  static std::string config(const std::string& init_cfg) {
    return "default_scope = 'mmpretrain'\n"
           "model = dict(\n"
           "    type='ImageClassifier', data_preprocessor=dict(type='BaseDataPreprocessor'),\n"
           "    backbone=dict(type='MLP', in_features=2, hidden=[16]),\n"
           "    head=dict(type='LinearClsHead', num_classes=3, in_channels=16)" +
           init_cfg +
           ")\n"
           "train_dataloader = dict(batch_size=4, sampler=dict(type='DefaultSampler', shuffle=True),\n"
           "                        dataset=dict(type='CSVDataset', ann_file='rows.csv', label='class'))\n"
           "test_dataloader = dict(batch_size=4, dataset=dict(type='CSVDataset', ann_file='rows.csv', label='class'))\n"
           "test_evaluator = dict(type='Accuracy')\n"
           "train_cfg = dict(max_epochs=1)\n"
           "test_cfg = dict()\n"
           "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.01))\n";
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  static State weights(const std::string& beginning, int64_t classes) {
    return State::dict({{beginning + "backbone.fc1.weight", at::full({16, 2}, 0.5)},
                        {beginning + "backbone.fc1.bias", at::zeros({16})},
                        {beginning + "head.fc.weight", at::full({classes, 16}, 0.25)},
                        {beginning + "head.fc.bias", at::zeros({classes})}});
  }
  void save(const std::string& name, const State& state) const { save_checkpoint_file(folder_ / name, state); }

  /// As a user types it, in the folder.
  ProcessResult type(const std::string& words) const {
    return run_process({"/bin/sh", "-c", "cd '" + folder_.path().string() + "' && " + kProgram + " " + words});
  }
  /// What the help line of an error names, without what it says about it.
  static std::string help_of(const ProcessResult& result) {
    const size_t at = result.error.find("  help: ");
    if (at == std::string::npos) return "no help: " + result.error;
    const std::string line = result.error.substr(at + 8, result.error.find('\n', at) - at - 8);
    return line.substr(0, line.find(" loads"));
  }

  static inline const std::string kProgram = build_path("/bin/millrace");
  ScratchFolder folder_;
};

TEST_F(WeightsOfTheCommand, HelpForOtherShapesWorksWhenTyped) {
  save("ten_classes.pth", weights("", 10));
  const std::string words = "train config.py --load-from ten_classes.pth";
  const ProcessResult refused = type(words);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("ten_classes.pth: 2 of 4 tensors do not fit the model\n"
                                       "  head.fc.bias    file (10)      model (3)\n"
                                       "  head.fc.weight  file (10, 16)  model (3, 16)\n"
                                       "  help: load_strict=False loads the other 2 and keeps these as initialised\n"));
  const ProcessResult typed = type(words + " " + help_of(refused));
  EXPECT_EQ(typed.exit_code, 0) << typed.error;
  EXPECT_THAT(typed.error, HasSubstr("Loaded 2 of 4 tensors from ten_classes.pth; the others keep their initial "
                                     "values\n"));
}

TEST_F(WeightsOfTheCommand, HelpForOtherNamesWorksWhenTyped) {
  save("prefixed.ckpt", State::dict({{"state_dict", weights("model.", 3)}, {"epoch", 3}}));
  save("two.pth", State::dict({{"student", weights("", 3)}, {"teacher", weights("", 3)}, {"epoch", 3}}));
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"train config.py --load-from prefixed.ckpt", R"(--revise-keys '^model\.=')"},
      {"test config.py prefixed.ckpt", R"(--revise-keys '^model\.=')"},
      {"test config.py two.pth", R"(--revise-keys '^student\.=')"}};
  for (const auto& [words, help] : cases) {
    const ProcessResult refused = type(words);
    EXPECT_EQ(refused.exit_code, 2) << words;
    EXPECT_EQ(help_of(refused), help);
    const ProcessResult typed = type(words + " " + help_of(refused));
    EXPECT_EQ(typed.exit_code, 0) << typed.error;
    EXPECT_THAT(typed.error, HasSubstr("Loaded 4 of 4 tensors from "));
  }
}

TEST_F(WeightsOfTheCommand, HelpForOtherNamesWorksForAResume) {
  ASSERT_EQ(type("train config.py --work-dir work").exit_code, 0);
  State run = load_checkpoint_file(folder_ / "work/epoch_1.pth");
  State prefixed = State::dict();
  for (const State::Item& weight : run.at("state_dict").entries())
    prefixed["net." + weight.key.string()] = weight.value;
  run["state_dict"] = prefixed;
  save("prefixed.pth", run);
  const std::string words = "train config.py --work-dir other train_cfg.max_epochs=2 --resume=prefixed.pth";
  const ProcessResult refused = type(words);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(help_of(refused), R"(--revise-keys '^net\.=')");
  const ProcessResult typed = type(words + " " + help_of(refused));
  EXPECT_EQ(typed.exit_code, 0) << typed.error;
  EXPECT_THAT(typed.error, HasSubstr("resumed epoch: 1, "));
  const ProcessResult own =
      type("train config.py --work-dir work train_cfg.max_epochs=2 --resume --revise-keys '^=a.'");
  EXPECT_EQ(own.exit_code, 0) << "its own names are those of the model\n" << own.error;
}

TEST_F(WeightsOfTheCommand, CountsAreSaidOfAnInitCfgToo) {
  save("part.pth", State::dict({{"head.fc.bias", at::zeros({3})}, {"neck.bias", at::zeros({16})}}));
  write("config.py", config(",\n    init_cfg=dict(type='Pretrained', checkpoint='part.pth')"));
  const ProcessResult result = type("train config.py");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, HasSubstr("Loaded 1 of 4 tensors from part.pth: less than half of the model; the others "
                                      "keep their initial values\n"
                                      "  backbone.fc1.bias    not in the file\n"
                                      "  backbone.fc1.weight  not in the file\n"
                                      "  head.fc.weight       not in the file\n"
                                      "  neck.bias            not in the model\n"));
}

TEST_F(WeightsOfTheCommand, HelpOfAnInitCfgNamesItsPlaceAndWorksWhenTypedThere) {
  save("lit.ckpt", State::dict({{"state_dict", weights("model.", 3)}}));
  const std::string init = ",\n    init_cfg=dict(type='Pretrained', checkpoint='lit.ckpt'";
  write("config.py", config(init + ")"));
  const ProcessResult refused = type("train config.py");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("in the init_cfg of config.py:6:14\n"));
  const std::string help = help_of(refused), there = " in the init_cfg";
  ASSERT_EQ(help, R"(revise_keys=[(r'^model\.', '')])" + there);
  write("config.py", config(init + ", " + help.substr(0, help.size() - there.size()) + ")"));
  const ProcessResult typed = type("train config.py");
  EXPECT_EQ(typed.exit_code, 0) << typed.error;
  EXPECT_THAT(typed.error, HasSubstr("Loaded 4 of 4 tensors from lit.ckpt\n"));
}

TEST_F(WeightsOfTheCommand, AreAllThoseOfARunThatGoesOn) {
  ASSERT_EQ(type("train config.py --work-dir work").exit_code, 0);
  const ProcessResult more = type("train config.py --work-dir work --resume train_cfg.max_epochs=2");
  EXPECT_EQ(more.exit_code, 0) << more.error;
  EXPECT_THAT(more.error, AllOf(HasSubstr("Loaded 4 of 4 tensors from "), HasSubstr("epoch_1.pth")));
  const ProcessResult other = type(
      "train config.py --work-dir work --resume model.backbone.hidden=[17] "
      "model.head.in_channels=17");
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, AllOf(HasSubstr("tensors do not fit the model"), Not(HasSubstr("help:")),
                                 HasSubstr("a run goes on with the network that it was made with")));
}

TEST_F(WeightsOfTheCommand, HelpForAResumeFromWeightsAloneWorksWhenTyped) {
  save("plain.pth", weights("", 3));
  const ProcessResult refused = type("train config.py --resume=plain.pth");
  EXPECT_EQ(refused.exit_code, 2);
  const std::string help = help_of(refused);
  EXPECT_EQ(help, "load_from=plain.pth instead of resume starts from its weights");
  const ProcessResult typed = type("train config.py " + help.substr(0, help.find(' ')));
  EXPECT_EQ(typed.exit_code, 0) << typed.error;
  EXPECT_THAT(typed.error, HasSubstr("Loaded 4 of 4 tensors from plain.pth\n"));
}

TEST_F(WeightsOfTheCommand, NeedNoFileOfAnInitCfgForATest) {
  save("whole.pth", weights("", 3));
  write("config.py", config(", init_cfg=dict(type='Pretrained', checkpoint='gone.pth')"));
  const ProcessResult result = type("test config.py whole.pth");
  EXPECT_EQ(result.exit_code, 0) << result.error;
}

TEST_F(WeightsOfTheCommand, RefusePatternsThatCannotBeReadBeforeTheRun) {
  const ProcessResult no_sign = type(R"(train config.py --load-from x.pth --revise-keys '^model\.')");
  EXPECT_EQ(no_sign.exit_code, 2);
  EXPECT_EQ(no_sign.error,
            "millrace: --revise-keys takes PATTERN=REPLACEMENT, got '^model\\.'\n"
            "  help: --revise-keys '^model\\.=' cuts 'model.' off the names in the checkpoint\n");
  const ProcessResult unreadable = type("train config.py --load-from x.pth --revise-keys '(='");
  EXPECT_EQ(unreadable.exit_code, 2);
  EXPECT_THAT(unreadable.error, HasSubstr("load_revise_keys: the pattern '(' cannot be read"));
}

TEST_F(WeightsOfTheCommand, TakeTheAveragesOrThoseThatWereTrained) {
  const State averages = weights("", 3);
  State trained = State::dict({{"steps", 6}});
  for (const State::Item& item : weights("", 3).entries())
    trained["module." + item.key.string()] = item.value.tensor() * -1;
  save("ema.pth",
       State::dict({{"meta", State::dict({{"iter", 3}})}, {"state_dict", averages}, {"ema_state_dict", trained}}));
  save("plain.pth", State::dict({{"state_dict", averages}}));
  const std::string averaged = "The weights of ema.pth are averages (EMA) of those that were trained";
  EXPECT_THAT(type("test config.py ema.pth").error, HasSubstr(averaged));
  EXPECT_THAT(type("test config.py ema.pth --weights trained").error,
              HasSubstr("The weights of ema.pth are those that were trained; it has averages (EMA), too"));
  EXPECT_THAT(type("train config.py --load-from ema.pth --dry-run").error, HasSubstr(averaged));
  const ProcessResult refused = type("test config.py plain.pth --weights averaged");
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("plain.pth: there are no averaged weights"));
}

TEST_F(WeightsOfTheCommand, WriteTheAveragesAlone) {
  State trained = State::dict({{"steps", 6}});
  for (const State::Item& item : weights("", 3).entries())
    trained["module." + item.key.string()] = item.value.tensor() * -1;
  save("ema.pth", State::dict({{"meta", State::dict({{"iter", 3}})},
                               {"state_dict", weights("", 3)},
                               {"optimizer", State::dict({{"lr", 1}})},
                               {"ema_state_dict", trained}}));
  const ProcessResult written = type("ckpt ema ema.pth out.pth");
  EXPECT_EQ(written.exit_code, 0) << written.error;
  EXPECT_EQ(written.output, "out.pth\n");
  const State out = load_checkpoint_file(folder_ / "out.pth");
  EXPECT_TRUE(out.at("state_dict").equals(weights("", 3)));
  EXPECT_FALSE(out.find("optimizer") || out.find("ema_state_dict"));
  const ProcessResult again = type("ckpt ema ema.pth out.pth");
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_THAT(again.error, AllOf(HasSubstr("out.pth: the file exists"), HasSubstr("help: --overwrite")));
  EXPECT_EQ(type("ckpt ema ema.pth out.pth --overwrite").exit_code, 0);
  EXPECT_EQ(type("ckpt ema out.pth more.pth").exit_code, 2);
}

}  // namespace
}  // namespace millrace
