#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "millrace/base/text.h"
#include "millrace/io/file.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

/// The command with these words, split at blanks.
ProcessResult run_millrace(const std::string& words) {
  std::vector<std::string> arguments = {build_path("/bin/millrace")};
  for (const std::string& word : split(words, ' '))
    if (!word.empty()) arguments.push_back(word);
  return run_process(arguments);
}

struct Page {
  const char* words;
  const char* file;
};

class HelpPage : public testing::TestWithParam<Page> {};

/// What `millrace COMMAND --help` prints is looked at before it changes. To store a new text: MILLRACE_STORE=1.
TEST_P(HelpPage, IsTheStoredText) {
  const std::string path = source_path("/tests/cli/help/") + std::string(GetParam().file);
  const ProcessResult result = run_millrace(GetParam().words);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, IsEmpty());
  if (std::getenv("MILLRACE_STORE")) {
    std::FILE* file = std::fopen(path.c_str(), "w");
    ASSERT_NE(file, nullptr);
    std::fputs(result.output.c_str(), file);
    std::fclose(file);
  }
  EXPECT_EQ(result.output, io::read_file(path));
}

INSTANTIATE_TEST_SUITE_P(
    Command, HelpPage,
    testing::Values(
        Page{"--help", "millrace.txt"}, Page{"train --help", "train.txt"}, Page{"lr-find --help", "lr_find.txt"},
        Page{"test --help", "test.txt"}, Page{"eval --help", "eval.txt"}, Page{"predict --help", "predict.txt"},
        Page{"summary --help", "summary.txt"}, Page{"lr --help", "lr.txt"}, Page{"report --help", "report.txt"},
        Page{"list --help", "list.txt"}, Page{"env --help", "env.txt"}, Page{"data --help", "data.txt"},
        Page{"data check --help", "data_check.txt"}, Page{"ckpt --help", "ckpt.txt"},
        Page{"ckpt ema --help", "ckpt_ema.txt"}, Page{"init --help", "init.txt"}, Page{"config --help", "config.txt"},
        Page{"config print --help", "config_print.txt"}, Page{"config get --help", "config_get.txt"},
        Page{"config diff --help", "config_diff.txt"}, Page{"config format --help", "config_format.txt"},
        Page{"config validate --help", "config_validate.txt"}, Page{"config coverage --help", "config_coverage.txt"}));

TEST(Command, HelpOfACommandHasMoreThanOneSpelling) {
  const std::string page = run_millrace("train --help").output;
  EXPECT_EQ(run_millrace("train -h").output, page);
  EXPECT_EQ(run_millrace("help train").output, page);
  EXPECT_EQ(run_millrace("train config.py lr=1 --help").output, page);
  EXPECT_EQ(run_millrace("help config get").output, run_millrace("config get --help").output);
  EXPECT_EQ(run_millrace("config help get").output, run_millrace("config get --help").output);
}

TEST(Command, PrintsItsVersion) {
  const ProcessResult result = run_millrace("--version");
  EXPECT_EQ(result.exit_code, 0);
  const std::string version = io::read_file(source_path("/VERSION"));
  EXPECT_EQ(result.output, "millrace " + version);
}

struct WrongUsage {
  const char* words;
  const char* text;
};

class Usage : public testing::TestWithParam<WrongUsage> {};

TEST_P(Usage, IsAnsweredWithTheNearestRightWordAndExitCode2) {
  const ProcessResult result = run_millrace(GetParam().words);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_EQ(result.error, GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Command, Usage,
    testing::Values(
        WrongUsage{"trian config.py",
                   "millrace: no command 'trian'; did you mean 'train'?\n  commands: train, lr-find, test, eval, "
                   "predict, config, "
                   "data, ckpt, init, summary, lr, report, list, env\n"},
        WrongUsage{"quux",
                   "millrace: no command 'quux'\n  commands: train, lr-find, test, eval, predict, config, "
                   "data, ckpt, init, summary, lr, report, list, env\n"},
        WrongUsage{"--versoin",
                   "millrace: no option '--versoin'; did you mean '--version'?\n  help: millrace --help\n"},
        WrongUsage{"help trian",
                   "millrace: no command 'trian'; did you mean 'train'?\n  commands: train, lr-find, test, eval, "
                   "predict, config, "
                   "data, ckpt, init, summary, lr, report, list, env\n"},
        WrongUsage{
            "train --wrok-dir x config.py",
            "millrace: train has no option '--wrok-dir'; did you mean '--work-dir'?\n  help: millrace train --help\n"},
        WrongUsage{"train",
                   "millrace: train needs CONFIG\n  usage: millrace train CONFIG [key=value ...] [options]\n"
                   "  help: millrace train --help\n"},
        WrongUsage{"test config.py",
                   "millrace: test needs CHECKPOINT\n"
                   "  usage: millrace test CONFIG CHECKPOINT [key=value ...] [options]\n"
                   "  help: millrace test --help\n"},
        WrongUsage{"train config.py --resume a.pth",
                   "millrace: train takes 1 argument, got 'a.pth' on top\n"
                   "  usage: millrace train CONFIG [key=value ...] [options]\n  help: --resume=a.pth\n"},
        WrongUsage{"train config.py --limit-batches 0",
                   "millrace: --limit-batches takes a whole number from 1 to 1000000000, got '0'\n"},
        WrongUsage{"predict a.pth b.png --batch-size 4611686018427387904 --workers 3",
                   "millrace: --batch-size takes a whole number from 1 to 65536, got '4611686018427387904'\n"},
        WrongUsage{"predict a.pth b.png --workers 4294967296",
                   "millrace: --workers takes a whole number from 0 to 1024, got '4294967296'\n"},
        WrongUsage{"config prnt x.py",
                   "millrace: config has no command 'prnt'; did you mean 'print'?\n"
                   "  commands: print, get, diff, format, validate, coverage\n"},
        WrongUsage{"config get x.py",
                   "millrace: config get needs KEY\n"
                   "  usage: millrace config get FILE KEY ... [key=value ...] [options]\n"
                   "  help: millrace config get --help\n"},
        WrongUsage{"list a b",
                   "millrace: list takes 1 argument, got 'b' on top\n  usage: millrace list [TYPE] [options]\n"
                   "  help: millrace list --help\n"}));

TEST(Command, ShowsItsOverviewWhereNothingIsAsked) {
  const ProcessResult result = run_millrace("");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_EQ(result.error, run_millrace("--help").output);
}

TEST(Command, IsCalledByTheNameOfItsProgram) {
  const ScratchFolder folder;
  const std::string link = folder.path() / "my_project";
  ASSERT_EQ(symlink(build_path("/bin/millrace").c_str(), link.c_str()), 0);
  const ProcessResult result = run_process({link, "train", "--help"});
  EXPECT_THAT(result.output, HasSubstr("usage: my_project train CONFIG"));
}

TEST(Command, SaysWhereItsResultsCanNotBeWritten) {
  const ProcessResult result = run_process({"/bin/sh", "-c", build_path("/bin/millrace --help > /dev/full")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, StartsWith("millrace: the results can't be written: "));
}

TEST(Command, AnswersHelpWithoutTheEngine) {
  const ProcessResult result = run_process({build_path("/bin/millrace"), "train", "--help"}, {"LD_DEBUG=libs"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.error, HasSubstr("libmillrace_core.so"));
  EXPECT_THAT(result.error, testing::Not(HasSubstr("libtorch")));
}

}  // namespace
}  // namespace millrace
