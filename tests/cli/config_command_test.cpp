#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "millrace/io/file.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

/// `millrace config` in a folder of small configs.
class ConfigCommand : public testing::Test {
 protected:
  ConfigCommand() {
    write("base.py",
          "model = dict(\n    type='Net',\n    depth=50)\n"
          "train_pipeline = [dict(type='Load'), dict(type='Flip', prob=0.5), dict(type='Pack')]\n"
          "scale = (224, 224)\n");
    write("child.py", "_base_ = 'base.py'\nmodel = dict(depth=18)\nname = 'two words'\n");
  }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }
  std::string read(const std::string& name) const { return io::read_file(folder_ / name); }

  /// Words as a shell takes them.
  ProcessResult config(const std::string& words) const {
    const std::string command = "cd '" + folder_.path().string() + "' && '" + build_path("/bin/millrace' config ");
    return run_process({"/bin/bash", "-c", command + words});
  }
  /// What a command that works prints.
  std::string printed(const std::string& words) const {
    const ProcessResult result = config(words);
    EXPECT_EQ(result.exit_code, 0) << words;
    EXPECT_THAT(result.error, IsEmpty()) << words;
    return result.output;
  }
  /// What is said of a mistake.
  std::string refused(const std::string& words) const {
    const ProcessResult result = config(words);
    EXPECT_EQ(result.exit_code, 2) << words;
    EXPECT_THAT(result.output, IsEmpty()) << words;
    return result.error;
  }

  ScratchFolder folder_;
};

TEST_F(ConfigCommand, PrintsWhatBasesAndOverridesAddUpTo) {
  EXPECT_EQ(printed("print child.py model.depth=34 --cfg-options extra.x=1,2"),
            "model = dict(type='Net', depth=34)\n"
            "train_pipeline = [dict(type='Load'), dict(type='Flip', prob=0.5), dict(type='Pack')]\n"
            "scale = (224, 224)\n"
            "name = 'two words'\n"
            "extra = dict(x=[1, 2])\n");
}

TEST_F(ConfigCommand, PrintsTheCanonicalFormOneLineAConfig) {
  EXPECT_EQ(printed("print base.py child.py --json"),
            "{\"model\":{\"depth\":50,\"type\":\"Net\"},\"scale\":[224,224],\"train_pipeline\":[{\"type\":\"Load\"},"
            "{\"prob\":0.5,\"type\":\"Flip\"},{\"type\":\"Pack\"}]}\n"
            "{\"model\":{\"depth\":18,\"type\":\"Net\"},\"name\":\"two words\",\"scale\":[224,224],\"train_pipeline\":"
            "[{\"type\":\"Load\"},{\"prob\":0.5,\"type\":\"Flip\"},{\"type\":\"Pack\"}]}\n");
}

TEST_F(ConfigCommand, PrintsYaml) {
  EXPECT_EQ(printed("print child.py --yaml"),
            "model:\n  type: Net\n  depth: 18\n"
            "train_pipeline:\n  - type: Load\n  - type: Flip\n    prob: 0.5\n  - type: Pack\n"
            "scale: !!python/tuple [224, 224]\n"
            "name: \"two words\"\n");
}

TEST_F(ConfigCommand, TellsSeveralConfigsApart) {
  write("a.py", "x = 1\n");
  write("b.py", "x = 2\n");
  EXPECT_EQ(printed("print a.py b.py"), "# a.py\nx = 1\n\n# b.py\nx = 2\n");
  EXPECT_EQ(printed("print a.py b.py --yaml"), "---\n# a.py\nx: 1\n---\n\n# b.py\nx: 2\n");
}

TEST_F(ConfigCommand, TellsWhoSetEachKey) {
  EXPECT_EQ(printed("print child.py scale=7 --origins"),
            "base.py:2     model.type = 'Net'\n"
            "child.py:2    model.depth = 18\n"
            "base.py:4     train_pipeline.0.type = 'Load'\n"
            "base.py:4     train_pipeline.1.type = 'Flip'\n"
            "base.py:4     train_pipeline.1.prob = 0.5\n"
            "base.py:4     train_pipeline.2.type = 'Pack'\n"
            "command line  scale = 7\n"
            "child.py:3    name = 'two words'\n");
  EXPECT_THAT(
      printed("print child.py scale=7 --origins --json"),
      testing::AllOf(HasSubstr("{\"config\":\"child.py\",\"key\":\"model.depth\",\"value\":18,"
                               "\"file\":\"child.py\",\"line\":2,\"column\":14}\n"),
                     HasSubstr("{\"config\":\"child.py\",\"key\":\"scale\",\"value\":7,\"override\":\"scale=7\"}\n")));
}

TEST_F(ConfigCommand, LooksForPackagesInTheFoldersOfTheConfigPath) {
  write("checkouts/mmdetection/configs/_base_/x.py", "type = 'A'\n");
  write("user/c.py", "_base_ = 'mmdet::_base_/x.py'\n");
  EXPECT_EQ(printed("get user/c.py type --config-path nowhere:checkouts"), "A\n");
  const std::string error = refused("get user/c.py type");
  EXPECT_THAT(error, HasSubstr("user/c.py:1:10: the package 'mmdet' with configs/_base_/x.py was not found\n"));
  EXPECT_THAT(error, HasSubstr("help: export MILLRACE_CONFIG_PATH=FOLDER (the one that holds the checkout)\n"));
}

TEST_F(ConfigCommand, GetsSingleValues) {
  EXPECT_EQ(printed("get child.py name model.depth scale train_pipeline.1"),
            "two words\n18\n(224, 224)\ndict(type='Flip', prob=0.5)\n");
  EXPECT_EQ(printed("get child.py name scale --json"), "\"two words\"\n[224,224]\n");
  write("dots.py", "custom_keys = {'backbone.stem': dict(lr_mult=0.1), 'backbone': dict(lr_mult=2)}\n");
  EXPECT_EQ(printed("get dots.py custom_keys.backbone.stem.lr_mult"), "0.1\n");
}

TEST_F(ConfigCommand, KnowsTheNearestKey) {
  EXPECT_EQ(refused("get child.py model.dept"),
            "child.py:2:9: 'model' has no key 'dept'; did you mean 'model.depth'?\n  keys: depth, type\n");
  EXPECT_EQ(refused("get child.py prob"),
            "child.py: the config has no key 'prob'; did you mean 'train_pipeline.1.prob'?\n"
            "  keys: model, name, scale, train_pipeline\n");
  EXPECT_EQ(refused("get child.py train_pipeline.3.type"),
            "base.py:4:18: 'train_pipeline' is a list of 3 elements, which has no element '3'\n  elements: 0 to 2\n");
  EXPECT_EQ(refused("get child.py name.first"), "child.py:3:8: 'name' is 'two words', which has no key 'first'\n");
}

TEST_F(ConfigCommand, ComparesTwoConfigs) {
  write("other.yaml",
        "model: {type: Net, depth: 50}\ntrain_pipeline:\n- type: Load\n- {type: Resize, scale: 7}\n"
        "- {type: Flip, prob: 1.0}\n- type: Pack\nscale: [224, 224]\n");
  ProcessResult result = config("diff base.py other.yaml");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.error, IsEmpty());
  EXPECT_EQ(result.output,
            "--- base.py\n+++ other.yaml\n"
            "+ train_pipeline.1 = dict(type='Resize', scale=7)  # other.yaml:4:3\n"
            "- train_pipeline.1.prob = 0.5  # base.py:4:56\n"
            "+ train_pipeline.1.prob = 1.0  # other.yaml:5:16\n"
            "- scale = (224, 224)  # base.py:5:1\n"
            "+ scale = [224, 224]  # other.yaml:7:1\n");
  result = config("diff base.py other.yaml --json");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(
      result.output,
      HasSubstr("{\"key\":\"train_pipeline.1\",\"before\":null,\"after\":{\"value\":{\"scale\":7,\"type\":\"Resize\"},"
                "\"file\":\"other.yaml\",\"line\":4,\"column\":3}}\n"));
  EXPECT_EQ(printed("diff base.py base.py"), "");
}

TEST_F(ConfigCommand, ComparesAConfigWithItsOverrides) {
  const ProcessResult result = config("diff child.py model.depth=34");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output,
            "--- child.py\n+++ child.py with overrides\n"
            "- model.depth = 18  # child.py:2:14\n"
            "+ model.depth = 34  # command line: model.depth=34\n");
  EXPECT_EQ(printed("diff child.py model.depth=18"), "");
  EXPECT_EQ(refused("diff child.py"),
            "millrace: config diff needs a second config, or overrides\n  help: millrace config diff --help\n");
}

TEST_F(ConfigCommand, WritesFilesInTheFormatOfTheirExtension) {
  EXPECT_EQ(printed("format child.py -o flat.json"), "wrote flat.json: 1 tuple becomes a list\n");
  EXPECT_EQ(read("flat.json"),
            "{\n  \"model\": {\"type\": \"Net\", \"depth\": 18},\n"
            "  \"train_pipeline\": [{\"type\": \"Load\"}, {\"type\": \"Flip\", \"prob\": 0.5}, {\"type\": \"Pack\"}],\n"
            "  \"scale\": [224, 224],\n  \"name\": \"two words\"\n}\n");
  EXPECT_EQ(printed("format base.py child.py --yaml -o out/"), "wrote out/base.yaml\nwrote out/child.yaml\n");
  EXPECT_EQ(printed("diff child.py out/child.yaml"), "");
  EXPECT_EQ(printed("format child.py"), printed("print child.py"));
}

TEST_F(ConfigCommand, OverwritesOnlyWhereItIsTold) {
  EXPECT_EQ(refused("format child.py -o base.py"), "base.py: this file exists\n  help: --force replaces it\n");
  EXPECT_EQ(printed("format child.py -o base.py --force"), "wrote base.py\n");
  EXPECT_EQ(refused("format base.py child.py -o x.py"),
            "millrace: 2 configs can't be written to the one file x.py\n  help: -o FOLDER/\n");
  EXPECT_EQ(refused("format child.py -o x.txt"), "x.txt: a config is a .py, .yaml, .yml or .json file\n");
  EXPECT_EQ(refused("format child.py --json -o x.py"),
            "x.py: the extension is not that of the format asked for, .json\n");
}

TEST_F(ConfigCommand, ChecksWhetherFilesAreAsItWouldWriteThem) {
  write("flat.py", printed("format child.py"));
  const ProcessResult result = config("format flat.py child.py --check");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, "child.py\n");
  EXPECT_EQ(printed("format flat.py --check"), "");
}

TEST_F(ConfigCommand, EndsQuietlyWhereNobodyReads) {
  for (const char* prepared : {"", "trap '' PIPE; "}) {
    write("many.py", "x = list(range(100000))\n");
    const ProcessResult result =
        run_process({"/bin/bash", "-c",
                     std::string(prepared) + "cd '" + folder_.path().string() + "'; '" +
                         build_path("/bin/millrace' config print many.py | head -1; exit ${PIPESTATUS[0]}")});
    EXPECT_EQ(result.exit_code, 141) << prepared;
    EXPECT_THAT(result.error, IsEmpty()) << prepared;
  }
}

TEST_F(ConfigCommand, SaysWhereAConfigIsWrong) {
  write("bad.py", "x = 1\ny = open('f')\n");
  EXPECT_THAT(refused("print bad.py"), testing::StartsWith("bad.py:2:5: "));
  EXPECT_EQ(refused("print chidl.py"), "chidl.py: this file does not exist\n  help: child.py\n");
  EXPECT_EQ(refused("print child.py --origins --yaml"),
            "millrace: --origins is text or --json, not --yaml\n  help: millrace config print --help\n");
}

}  // namespace
}  // namespace millrace
