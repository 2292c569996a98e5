// Which libraries the command loads for a config: a zoo library with the first name of its scope.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;

/// Whether a run of the command loads the zoo of mmpretrain. It ends well.
bool loads_zoo(std::vector<std::string> words) {
  words.insert(words.begin(), build_path("/bin/millrace"));
  const ProcessResult result = run_process(words, {"LD_DEBUG=files"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  return result.error.find("libmillrace_zoo_classification.mmpretrain.so") != std::string::npos;
}

bool validation_loads_zoo(const std::string& text) {
  const ScratchFolder folder;
  return loads_zoo({"config", "validate", folder.write("config.py", text)});
}

TEST(ZooLibrary, IsLoadedForAConfigThatNamesItsScope) {
  EXPECT_FALSE(validation_loads_zoo("optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))"));
  EXPECT_FALSE(validation_loads_zoo("optim_wrapper = dict(optimizer=dict(type='torch.optim.SGD', lr=0.1))"));
  EXPECT_TRUE(
      validation_loads_zoo("default_scope = 'mmpretrain'\noptim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))"));
  EXPECT_TRUE(validation_loads_zoo("val_evaluator = dict(type='mmpretrain.Accuracy')"));
  EXPECT_TRUE(validation_loads_zoo("val_evaluator = dict(type='mmpretrain.evaluation.metrics.Accuracy')"));
  EXPECT_TRUE(validation_loads_zoo("val_evaluator = dict(type='mmcls.Accuracy')"));
  EXPECT_TRUE(validation_loads_zoo("val_evaluator = dict(type='Accuracy', _scope_='mmcls')"));
}

TEST(ZooLibrary, IsLoadedForACommandThatAsksForAll) {
  EXPECT_TRUE(loads_zoo({"list"}));
  EXPECT_FALSE(loads_zoo({"env"}));
  EXPECT_FALSE(loads_zoo({"--help"}));
}

/// A copy of the command with a zoo library of the scope `quarry` that is no library.
class BrokenZooLibrary : public testing::Test {
 protected:
  BrokenZooLibrary() {
    folder_.write("lib/libmillrace_zoo_stones.quarry.so", std::string(100, 'x'));
    fs::create_directory(folder_ / "bin");
    fs::copy_file(build_path("/bin/millrace"), folder_ / "bin/millrace");
    for (const std::string file : {"lib/libmillrace_core.so", "lib/libmillrace.so"})
      fs::create_symlink(build_path("/" + file), folder_ / file);
  }
  ProcessResult run(std::vector<std::string> words, const std::string& text) const {
    words.insert(words.begin(), folder_ / "bin/millrace");
    words.push_back(folder_.write("config.py", text));
    return run_process(words);
  }

  ScratchFolder folder_;
};

TEST_F(BrokenZooLibrary, IsToldWhenItsScopeIsNamed) {
  const ProcessResult result = run({"train"}, "default_scope = 'quarry'\nmodel = dict(type='Hammer')");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(folder_.shown(result.error),
            "lib/libmillrace_zoo_stones.quarry.so: the library of the scope 'quarry' can't be loaded\n"
            "  invalid ELF header\n"
            "  build or install it again, or remove the file\n");
}

TEST_F(BrokenZooLibrary, IsNoMistakeOfAnotherConfig) {
  const ProcessResult result = run({"config", "validate"}, "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))");
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, EndsWith("1 config: no mistakes\n"));
}

}  // namespace
}  // namespace millrace
