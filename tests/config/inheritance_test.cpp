#include <gmock/gmock.h>

#include "tests/config/config_folder.h"

namespace millrace {
namespace {
using testing::ElementsAre, testing::HasSubstr;

class Inheritance : public testing::Test {
 protected:
  std::string tree(const std::string& name) { return folder_.read(name).tree.repr(10000); }
  ConfigFolder folder_;
};

TEST_F(Inheritance, MergesDictsAndReplacesTheRest) {
  folder_.write("base.py", "model = dict(type='A', depth=50, stages=[1, 2])\nlr = 0.1\n");
  folder_.write("child.py", "_base_ = './base.py'\nmodel = dict(depth=18, stages=[3])\nlr = None\n");
  EXPECT_EQ(tree("child.py"), "{'model': {'type': 'A', 'depth': 18, 'stages': [3]}, 'lr': None}");
}

TEST_F(Inheritance, ReplacesADictWithDelete) {
  folder_.write("base.py", "a = dict(x=1, y=dict(z=2))\n");
  folder_.write(
      "child.py",
      "_base_ = ['base.py']\na = dict(_delete_=True, y=dict(_delete_=True, w=1))\nb = dict(_delete_=True, c=1)\n");
  // As in MMEngine: a marker that has nothing to replace stays.
  EXPECT_EQ(tree("child.py"), "{'a': {'y': {'_delete_': True, 'w': 1}}, 'b': {'_delete_': True, 'c': 1}}");
}

TEST_F(Inheritance, RefusesADictOverSomethingElse) {
  folder_.write("base.py", "a = dict(x=1)\n");
  folder_.write("child.py", "_base_ = 'base.py'\na = dict(\n    x=dict(y=1))\n");
  EXPECT_EQ(folder_.error_of("child.py"),
            "child.py:3:5: 'x' is a dict here, but 1 before\n  set at base.py:1:12\n"
            "  help: _delete_=True in the dict replaces what was there");
}

TEST_F(Inheritance, RefusesTwoBasesWithOneKey) {
  folder_.write("a.py", "x = 1\n").write("b.py", "y = 1\nx = 2\n").write("c.py", "_base_ = ['a.py', 'b.py']\n");
  EXPECT_EQ(folder_.error_of("c.py"), "c.py:1:19: two bases define 'x'\n  a.py:1:1\n  b.py:2:1");
}

TEST_F(Inheritance, ReadsAndChangesTheBaseThroughItsName) {
  folder_.write(
      "base.py",
      "model = dict(neck=dict(channels=[1, 2]), head=dict(n=10))\npipeline = [dict(type='Load'), dict(type='Flip')]\n");
  folder_.write("child.py",
                "_base_ = 'base.py'\n"
                "channels = _base_.model.neck.channels[-1] * 2\n"
                "_base_.model.head.n = 20\n"
                "_base_.model.neck.update(dict(kind=dict(a=1)), depth=3)\n"
                "head = _base_.model.pop('head')\n"
                "_base_.pipeline[1]['prob'] = 0.5\n"
                "_base_.pipeline.append(dict(type='Pack'))\n"
                "steps = _base_.pipeline[:1]\n"
                "missing = _base_.pop('missing')\n");
  EXPECT_EQ(tree("child.py"),
            "{'model': {'neck': {'channels': [1, 2], 'kind': {'a': 1}, 'depth': 3}}, "
            "'pipeline': [{'type': 'Load'}, {'type': 'Flip', 'prob': 0.5}, {'type': 'Pack'}], "
            "'channels': 4, 'head': {'n': 20}, 'steps': [{'type': 'Load'}], 'missing': None}");
}

TEST_F(Inheritance, SuggestsTheNearestNameOfTheBase) {
  folder_.write("base.py", "model = dict(backbone=dict(depth=50))\n");
  folder_.write("child.py", "_base_ = 'base.py'\nx = _base_.model.backbon\n");
  EXPECT_EQ(folder_.error_of("child.py"),
            "child.py:2:18: there is no 'backbon'; did you mean 'backbone'?\n  keys: backbone");
}

TEST_F(Inheritance, PutsValuesOfTheBaseWhereBracesAsk) {
  folder_.write("base.py", "norm = dict(mean=[1, 2])\nlr = 0.1\n");
  folder_.write("child.py", "_base_ = 'base.py'\na = {{_base_.norm.mean}}\nb = dict(c={{ _base_.norm }})\n");
  folder_.write("child.json", R"({"_base_": "base.py", "a": {{_base_.norm.mean}}, "b": [{{ _base_.lr }}]})");
  folder_.write("child.yaml", "_base_: base.py\na: {{_base_.norm.mean}}\nb:\n- {{ _base_.lr }}\n");
  EXPECT_EQ(tree("child.py"), "{'norm': {'mean': [1, 2]}, 'lr': 0.1, 'a': [1, 2], 'b': {'c': {'mean': [1, 2]}}}");
  EXPECT_EQ(tree("child.json"), "{'norm': {'mean': [1, 2]}, 'lr': 0.1, 'a': [1, 2], 'b': [0.1]}");
  EXPECT_EQ(tree("child.yaml"), "{'norm': {'mean': [1, 2]}, 'lr': 0.1, 'a': [1, 2], 'b': [0.1]}");
}

TEST_F(Inheritance, RefusesBracesInsideOfALongerText) {
  folder_.write("base.py", "lr = 0.1\n").write("child.py", "_base_ = 'base.py'\nname = 'run_{{_base_.lr}}'\n");
  EXPECT_EQ(folder_.error_of("child.py"),
            "child.py:2:13: {{_base_.…}} is a whole value and cannot be part of a string\n  help: "
            "f'…{_base_.name}…'");
}

TEST_F(Inheritance, MixesFormats) {
  folder_.write("a.yaml", "x: {y: 1}\n").write("b.json", R"({"_base_": "a.yaml", "x": {"z": 2.5}})");
  folder_.write("c.py", "_base_ = 'b.json'\nx = dict(w=(1,))\n");
  EXPECT_EQ(tree("c.py"), "{'x': {'y': 1, 'z': 2.5, 'w': (1,)}}");
  EXPECT_THAT(folder_.read("c.py").files,
              ElementsAre(folder_.path("a.yaml"), folder_.path("b.json"), folder_.path("c.py")));
}

TEST_F(Inheritance, KeepsPlacesOfEveryFile) {
  folder_.write("base.py", "a = dict(\n    x=1,\n    y=2)\n")
      .write("child.py", "_base_ = 'base.py'\n\na = dict(y=3)\n");
  const Config config = folder_.read("child.py");
  const Dict& a = config.tree.find("a")->as_dict();
  EXPECT_EQ(a.entry("x")->key.place().str(), folder_.path("base.py") + ":2:5");
  EXPECT_EQ(a.entry("y")->key.place().str(), folder_.path("child.py") + ":3:10");
  EXPECT_EQ(a.find("y")->place().str(), folder_.path("child.py") + ":3:12");
  EXPECT_TRUE(config.is_variable("a"));  // a base defines it
}

TEST_F(Inheritance, EvaluatesTheListOfBasesAlone) {
  folder_.write("d/a.py", "x = 1\n").write("c.py", "folder = 'd/'\n_base_ = ['d' + '/a.py']\n");
  EXPECT_EQ(tree("c.py"), "{'x': 1, 'folder': 'd/'}");
  folder_.write("e.py", "folder = 'd/'\n_base_ = folder + 'a.py'\n");
  EXPECT_EQ(folder_.error_of("e.py"), "e.py:2:10: name 'folder' is not defined");
}

TEST_F(Inheritance, NamesTheFileThatAsksForAMissingBase) {
  folder_.write("models/resnet.py", "x = 1\n").write("a.py", "_base_ = 'models/resnt.py'\n");
  EXPECT_EQ(folder_.error_of("a.py"), "a.py:1:10: the base 'models/resnt.py' does not exist\n  help: models/resnet.py");
  EXPECT_EQ(folder_.error_of("none.py"), "none.py: this file does not exist");
}

TEST_F(Inheritance, FillsInFileVariablesAndEnvironment) {
  folder_.write("sub/base.py", "dir = '{{ fileDirname }}'\n");
  folder_.write("my.cfg.py",
                "_base_ = 'sub/base.py'\nname = '{{fileBasename}} {{ fileBasenameNoExtension }} {{fileExtname}}'\n"
                "lr = {{'$MILLRACE_TEST_LR:0.1'}}; bad = {{$MILLRACE_TEST_NONE:7}}; s = "
                "'x{{$MILLRACE_TEST_NONE:a(b+}}'; t = oops\n");
  // What was replaced does not move the places of what follows.
  EXPECT_THAT(folder_.error_of("my.cfg.py"), HasSubstr("my.cfg.py:3:109: name 'oops' is not defined"));
  folder_.write(
      "my.cfg.py",
      "_base_ = 'sub/base.py'\nname = '{{fileBasename}} {{ fileBasenameNoExtension }} {{fileExtname}}'\n"
      "lr = {{'$MILLRACE_TEST_LR:0.1'}}; n = {{$MILLRACE_TEST_NONE:7}}; s = 'x{{$MILLRACE_TEST_NONE:a(b+}}'\n");
  const Config config = folder_.read("my.cfg.py");
  EXPECT_EQ(config.tree.find("dir")->as_string(), folder_.path("sub"));
  EXPECT_EQ(config.tree.find("name")->as_string(), "my.cfg.py my.cfg .py");
  EXPECT_EQ(config.tree.find("lr")->as_number(), 0.25);
  EXPECT_EQ(config.tree.find("n")->as_integer(), 7);
  EXPECT_EQ(config.tree.find("s")->as_string(), "xa(b+");
  EXPECT_EQ(config.environment.at("MILLRACE_TEST_LR"), "0.25");
  folder_.write("none.py", "x = 1\ny = '{{$MILLRACE_TEST_NONE:}}'\n");
  EXPECT_EQ(folder_.error_of("none.py"),
            "none.py:2:6: the environment variable 'MILLRACE_TEST_NONE' is not set and has no default\n"
            "  help: export MILLRACE_TEST_NONE=…, or write {{$MILLRACE_TEST_NONE:default}}");
}

TEST_F(Inheritance, FindsPackagesOnTheSearchPathAndBesideTheCheckout) {
  folder_.write("mmdetection/configs/_base_/m.py",
                "model = dict(type='R', neck=dict(type='F'))\nschedule = [dict(type='S')]\n");
  folder_.write("elsewhere/a.py", "_base_ = 'mmdet::_base_/m.py'\nmodel = dict(neck=dict(n=1))\n");
  folder_.write("project/configs/a.py", "_base_ = 'mmdet::_base_/m.py'\nhead = _base_.model.neck\n");
  ReadOptions options;
  options.search_path = {folder_.path()};
  EXPECT_EQ(folder_.read("elsewhere/a.py", {folder_.path()}).tree.repr(1000),
            "{'model': {'type': 'R', 'neck': {'type': 'F', 'n': 1}, '_scope_': 'mmdet'}, 'schedule': [{'type': 'S', "
            "'_scope_': 'mmdet'}]}");
  EXPECT_EQ(tree("project/configs/a.py"),
            "{'model': {'type': 'R', 'neck': {'type': 'F'}, '_scope_': 'mmdet'}, 'schedule': [{'type': 'S', '_scope_': "
            "'mmdet'}], "
            "'head': {'type': 'F'}}");
  folder_.write("b.py", "_base_ = 'mmdte::x.py'\n");
  EXPECT_THAT(folder_.error_of("b.py"),
              HasSubstr("b.py:1:10: 'mmdte' is not an OpenMMLab package; did you mean 'mmdet'?"));
  folder_.write("c.py", "_base_ = 'mmpose::x.py'\n");
  EXPECT_THAT(folder_.error_of("c.py"), HasSubstr("c.py:1:10: the package 'mmpose' with configs/x.py was not found"));
}

TEST_F(Inheritance, RefusesReservedKeysAndTellsOfDeprecation) {
  folder_.write("a.py", "x = 1\nfilename = 'y'\n");
  EXPECT_EQ(folder_.error_of("a.py"), "a.py:2:1: 'filename' is reserved and cannot be a key of a config");
  folder_.write("b.py", "_deprecation_ = dict(expected='new.py', reference='http://x')\nx = 1\n");
  const Config config = folder_.read("b.py");
  EXPECT_EQ(config.tree.repr(), "{'x': 1}");
  EXPECT_THAT(config.notices,
              ElementsAre(folder_.path("b.py") + ": this config is deprecated; use new.py instead (see http://x)"));
}

TEST_F(Inheritance, RefusesOtherExtensions) {
  EXPECT_EQ(folder_.error_of("a.toml"), "a.toml: a config is a .py, .yaml, .yml or .json file");
}

}  // namespace
}  // namespace millrace
