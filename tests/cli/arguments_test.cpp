#include "millrace/cli/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StrEq;
using testing::ThrowsMessage;

/// A command with one of everything.
struct Everything {
  std::string config;
  std::optional<std::string> checkpoint, folder, precision;
  std::vector<std::string> overrides;
  std::optional<int64_t> seed, cups;
  std::optional<std::string> resume;
  bool validate = true;
  Arguments arguments{"millrace", "brew", "Brews a config."};

  Everything() {
    arguments.positional("CONFIG", "a config", config);
    arguments.positional("CHECKPOINT", "a checkpoint", checkpoint);
    arguments.overrides(overrides);
    arguments.option("--folder", "DIR", "a folder", folder);
    arguments.option("--seed", "N", "a seed", seed, 0);
    arguments.option("--cups", "N", "at once", cups, 1, 12);
    arguments.choice("--precision", "a precision", {"fp32", "bf16"}, precision);
    arguments.flag("--no-validate", "no validation", validate, false);
    arguments.option_with_optional_value("--resume", "auto|PATH", "go on",
                                         [this](const std::string& value) { resume = value; });
    arguments.example("brew tea.py");
  }
  Arguments::Parsed parse(const std::vector<std::string>& args) { return arguments.parse(args); }
};

TEST(Arguments, FillsTargetsInAnyOrder) {
  Everything all;
  EXPECT_EQ(all.parse({"--seed", "7", "tea.py", "--folder=there", "a.b=1", "--no-validate", "last.pth"}),
            Arguments::Parsed::run);
  EXPECT_EQ(all.config, "tea.py");
  EXPECT_EQ(all.checkpoint, "last.pth");
  EXPECT_EQ(all.seed, 7);
  EXPECT_EQ(all.folder, "there");
  EXPECT_FALSE(all.validate);
  EXPECT_THAT(all.overrides, ElementsAre("a.b=1"));
}

TEST(Arguments, LeavesWhatIsNotGivenAsItWas) {
  Everything all;
  all.parse({"tea.py"});
  EXPECT_FALSE(all.checkpoint || all.folder || all.seed || all.precision || all.resume);
  EXPECT_TRUE(all.validate);
}

TEST(Arguments, TakesOverridesBehindCfgOptionsAndWithout) {
  Everything all;
  all.parse({"tea.py", "--cfg-options", "a=1", "b.c[0]=[2, 3]", "--cfg-options=d=x y", "e="});
  EXPECT_THAT(all.overrides, ElementsAre("a=1", "b.c[0]=[2, 3]", "d=x y", "e="));
}

TEST(Arguments, TakesAPathWithAnEqualsSignAsAPath) {
  EXPECT_TRUE(is_override("train_cfg.max_epochs=3"));
  EXPECT_FALSE(is_override("runs/lr=0.1/config.py"));
  EXPECT_FALSE(is_override("config.py"));
  EXPECT_FALSE(is_override("=3"));
}

TEST(Arguments, GivesAnOptionalValueOnlyBehindItsSign) {
  Everything bare;
  bare.parse({"--resume", "tea.py"});
  EXPECT_EQ(bare.resume, "");
  EXPECT_EQ(bare.config, "tea.py");
  Everything named;
  named.parse({"tea.py", "--resume=a.pth"});
  EXPECT_EQ(named.resume, "a.pth");
}

TEST(Arguments, TakesEverythingBehindTwoDashesAsWords) {
  Everything all;
  all.parse({"--", "--odd.py", "--seed"});
  EXPECT_EQ(all.config, "--odd.py");
  EXPECT_EQ(all.checkpoint, "--seed");
}

TEST(Arguments, TakesAWordWithAnEqualsSignBehindTwoDashesAsAWord) {
  Everything all;
  all.parse({"a.b=1", "--", "lr=1.py", "k=v.pth"});
  EXPECT_EQ(all.config, "lr=1.py");
  EXPECT_EQ(all.checkpoint, "k=v.pth");
  EXPECT_THAT(all.overrides, ElementsAre("a.b=1"));
}

TEST(Arguments, AsksForHelpWhereverItStands) {
  EXPECT_EQ(Everything().parse({"--help"}), Arguments::Parsed::help);
  EXPECT_EQ(Everything().parse({"tea.py", "a=1", "-h"}), Arguments::Parsed::help);
}

struct Refusal {
  std::vector<std::string> args;
  std::string text;
};

class ArgumentsRefuse : public testing::TestWithParam<Refusal> {};

TEST_P(ArgumentsRefuse, WithTheNearestRightWord) {
  EXPECT_THAT([] { Everything().parse(GetParam().args); }, ThrowsMessage<Error>(StrEq(GetParam().text)));
}

INSTANTIATE_TEST_SUITE_P(
    Cli, ArgumentsRefuse,
    testing::Values(
        Refusal{{"tea.py", "--sead", "3"},
                "brew has no option '--sead'; did you mean '--seed'?\n  help: millrace brew --help"},
        Refusal{{"tea.py", "--cfg-option", "a=1"},
                "brew has no option '--cfg-option'; did you mean '--cfg-options'?\n  help: millrace brew --help"},
        Refusal{{"tea.py", "--cfg-options"},
                "--cfg-options needs an override behind it: key=value\n  help: millrace brew --help"},
        Refusal{{"tea.py", "--cfg-options", "--seed", "1"},
                "--cfg-options needs an override behind it: key=value\n  help: millrace brew --help"},
        Refusal{{},
                "brew needs CONFIG\n  usage: millrace brew CONFIG [CHECKPOINT] [key=value ...] [options]\n"
                "  help: millrace brew --help"},
        Refusal{{"tea.py", "a.pth", "b.pth"},
                "brew takes 2 arguments, got 'b.pth' on top\n"
                "  usage: millrace brew CONFIG [CHECKPOINT] [key=value ...] [options]\n  help: millrace brew --help"},
        Refusal{{"tea.py", "a.pth", "--resume", "b.pth"},
                "brew takes 2 arguments, got 'b.pth' on top\n"
                "  usage: millrace brew CONFIG [CHECKPOINT] [key=value ...] [options]\n  help: --resume=b.pth"},
        Refusal{{"tea.py", "--seed"}, "--seed needs a value: N\n  help: millrace brew --help"},
        Refusal{{"tea.py", "--seed", "1e3"}, "--seed takes a whole number of at least 0, got '1e3'"},
        Refusal{{"tea.py", "--seed=-1"}, "--seed takes a whole number of at least 0, got '-1'"},
        Refusal{{"tea.py", "--cups", "0"}, "--cups takes a whole number from 1 to 12, got '0'"},
        Refusal{{"tea.py", "--cups=13"}, "--cups takes a whole number from 1 to 12, got '13'"},
        Refusal{{"tea.py", "--cups=99999999999999999999"},
                "--cups takes a whole number from 1 to 12, got '99999999999999999999'"},
        Refusal{{"tea.py", "--no-validate=yes"}, "--no-validate takes no value, got 'yes'"},
        Refusal{{"tea.py", "--precision", "bf61"},
                "--precision takes 'fp32' or 'bf16', got 'bf61'; did you mean 'bf16'?"}));

TEST(Arguments, WritesHelpWithBothListsInTheSameColumns) {
  EXPECT_EQ(Everything().arguments.help(),
            "Brews a config.\n"
            "\n"
            "usage: millrace brew CONFIG [CHECKPOINT] [key=value ...] [options]\n"
            "\n"
            "examples:\n"
            "  millrace brew tea.py\n"
            "\n"
            "arguments:\n"
            "  CONFIG                 a config\n"
            "  CHECKPOINT             a checkpoint\n"
            "  key=value              replaces an entry of the config: train_cfg.max_epochs=3\n"
            "\n"
            "options:\n"
            "  --folder DIR           a folder\n"
            "  --seed N               a seed\n"
            "  --cups N               at once\n"
            "  --precision fp32|bf16  a precision\n"
            "  --no-validate          no validation\n"
            "  --resume[=auto|PATH]   go on\n"
            "  --cfg-options          optional, before key=value\n"
            "  --debug                also print where in the program an error comes from\n"
            "  -h, --help             this text\n");
}

}  // namespace
}  // namespace millrace
