#include <gmock/gmock.h>

#include <cmath>

#include "millrace/config/diff.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/config/yaml.h"
#include "tests/config/config_folder.h"

namespace millrace {
namespace {
using testing::HasSubstr;

template <class Read>
std::string mistake_in(Read read) {
  try {
    read();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Json, ReadsValuesWithPlaces) {
  const Value tree =
      read_json("{\"a\": [1, -2.5e1, \"x\\u00e9\\ud83d\\ude00\"],\n \"ü\": {\"b\": null, \"c\": true}}", "d.json");
  EXPECT_EQ(tree.repr(), "{'a': [1, -25.0, 'xé😀'], 'ü': {'b': None, 'c': True}}");
  EXPECT_EQ(tree.find("a")->items()[1].place().str(), "d.json:1:11");
  EXPECT_EQ(tree.as_dict().entry("ü")->key.place().str(), "d.json:2:2");
  EXPECT_EQ(tree.find("ü")->find("c")->place().str(), "d.json:2:24");
}

TEST(Json, ReadsWhatPythonWrites) {
  const Value tree = read_json("[NaN, Infinity, -Infinity, 1e400, -0.0]", "d.json");
  EXPECT_TRUE(std::isnan(tree.items()[0].as_number()));
  EXPECT_EQ(tree.items()[2].as_number(), -HUGE_VAL);
  EXPECT_EQ(tree.items()[3].as_number(), HUGE_VAL);
  EXPECT_TRUE(std::signbit(tree.items()[4].as_number()));
  EXPECT_EQ(read_json("{\"a\": 1, \"a\": 2}", "d.json").repr(), "{'a': 2}");
}

TEST(Json, PointsAtMistakes) {
  const auto error = [](const std::string& text) { return mistake_in([&] { read_json(text, "d.json"); }); };
  EXPECT_EQ(error("{\"a\" 1}"), "d.json:1:6: JSON: expected ':' after the key, found '1'");
  EXPECT_EQ(error("[1,\n]"), "d.json:2:1: JSON: expected a value, found ']'");
  EXPECT_EQ(error("[1"), "d.json:1:3: JSON: expected ',' or ']', found the end");
  EXPECT_EQ(error("[1] x"), "d.json:1:5: JSON: expected the end of the text, found 'x'");
  EXPECT_EQ(error("{a: 1}"), "d.json:1:2: JSON: expected a key in quotes, found 'a'");
  EXPECT_EQ(error("[01]"), "d.json:1:3: JSON: expected ',' or ']', found '1'");
  EXPECT_EQ(error("[1, " + std::string(4301, '9') + "]"), "d.json:1:5: the integer has more than 4300 digits");
  EXPECT_EQ(error("\"a\xFF\""), "d.json:1:3: this is not UTF-8 text");
  EXPECT_THAT(error("\"\\ud800\""), HasSubstr("half a surrogate pair"));
}

TEST(Json, IsTextWithAMarkAndAnyLineEnds) {
  EXPECT_EQ(read_json("\xEF\xBB\xBF[1,\r\n2]", "d.json").repr(), "[1, 2]");
  const std::string wide("\xFE\xFF\0[\0\"\0\xFC\0\"\0\r\0]", 14);  // UTF-16, its high bytes first
  EXPECT_EQ(read_json(wide, "d.json").repr(), "['ü']");
}

TEST(Json, WritesTheCanonicalForm) {
  const Config config = python_config("b = (1, 2.0, 1e-5)\na = {2: 'x', True: None, 'k': {3, 1}}\nc = float('inf')\n");
  EXPECT_EQ(to_canonical_json(config.tree),
            "{\"a\":{\"2\":\"x\",\"True\":null,\"k\":[1,3]},\"b\":[1,2.0,1e-05],\"c\":\"inf\"}\n");
}

TEST(Yaml, ResolvesScalarsAsPyYaml) {
  const std::pair<const char*, const char*> table[] = {
      {"1", "1"},           {"010", "8"},
      {"0x1F", "31"},       {"0b11", "3"},
      {"1_000", "1000"},    {"190:20:30", "685230"},
      {"1.5", "1.5"},       {"1e3", "'1e3'"},
      {"1.0e+3", "1000.0"}, {"1.0e3", "'1.0e3'"},
      {".5", "0.5"},        {"5.", "5.0"},
      {".inf", "inf"},      {"-.INF", "-inf"},
      {"yes", "True"},      {"Off", "False"},
      {"TRUE", "True"},     {"y", "'y'"},
      {"~", "None"},        {"null", "None"},
      {"", "None"},         {"2001-01-01", "'2001-01-01'"},
      {"-7", "-7"},         {"+7", "7"},
      {"08", "'08'"},       {"1.2.3", "'1.2.3'"},
      {"1e-05", "'1e-05'"}, {"None", "'None'"},
  };
  for (const auto& [text, expected] : table) EXPECT_EQ(resolve_yaml_scalar(text, {}).repr(), expected) << text;
}

TEST(Yaml, ReadsEscapesBeyondAscii) {
  EXPECT_EQ(read_yaml(R"("a\Nb\_\x85\u00e9\L")", "c.yaml").as_string(), "a\u0085b\u00a0\u0085\u00e9\u2028");
}

TEST(Yaml, ReadsStructuresWithPlaces) {
  const Value tree =
      read_yaml("a: &x {b: 1, c: [2, 'no']}\nd:\n  <<: *x\n  c: ü\n  e: !!python/tuple [1, 2]\n", "d.yaml");
  EXPECT_EQ(tree.repr(200), "{'a': {'b': 1, 'c': [2, 'no']}, 'd': {'b': 1, 'c': 'ü', 'e': (1, 2)}}");
  EXPECT_EQ(tree.as_dict().entry("d")->key.place().str(), "d.yaml:2:1");
  EXPECT_EQ(tree.find("d")->as_dict().entry("e")->key.place().str(), "d.yaml:5:3");
  EXPECT_EQ(tree.find("a")->find("c")->items()[1].place().str(), "d.yaml:1:21");
}

TEST(Yaml, PointsAtMistakes) {
  const auto error = [](const std::string& text) { return mistake_in([&] { read_yaml(text, "d.yaml"); }); };
  EXPECT_THAT(error("a: [1\nb: 2\n"), HasSubstr("d.yaml:2:"));
  EXPECT_EQ(error("a: 1\nb: !!python/object:os.system x\n"),
            "d.yaml:2:4: YAML: the tag 'tag:yaml.org,2002:python/object:os.system' is not read");
  EXPECT_THAT(error("a: *b\n"), HasSubstr("d.yaml:1:"));
  EXPECT_EQ(error("a: 1\n---\nb: 2\n"), "d.yaml: YAML: a config is one document; here are several");
}

const char* const kTree =
    "model = dict(type='Net', 深度=50, scale=(224, 224), one=(1,), empty=dict(), none=None, neg=-1, tiny=1e-05, "
    "big=1e16, whole=2.0,\n"
    "             inf=float('inf'), flags=[True, False], text=\"it's \\\"quoted\\\"\\n\\t\\\\ {{ fileDirname }} "
    "\\x01é\", key={1: 'a', (1, 2): 'b', 'a-b': 3})\n"
    "steps = [[1, 2], [3, 4]]\n"
    "names = ['yes', 'null', '1', '1e5', '', ' x', '0o7', 'a: b', '# c', '- d', '2001-01-01', '~', '.inf', '<<']\n"
    "members = {1, 2}\n"
    "nothing = set()\n"
    "pipeline = [dict(type='LoadImageFromFile', backend='pillow'), dict(type='RandomResizedCrop', scale=224, "
    "interpolation='bicubic', ratio=(0.75, 1.3333333333333333))]\n";

TEST(Dump, PythonReadsBackToAnEqualTree) {
  const Config config = python_config(kTree);
  const std::string text = to_python(config.tree);
  EXPECT_EQ(diff_text(diff(config.tree, python_config(text).tree)), "");
  EXPECT_TRUE(same_tree(config.tree, python_config(text).tree));
}

TEST(Dump, YamlAndJsonReadBackToWhatTheyCanHold) {
  Config config = python_config(kTree);
  config.tree.as_dict().find("model")->as_dict().find("key")->as_dict().erase(Value::tuple({1, 2}));
  const Config yaml = Config::from_string(to_yaml(config.tree), Config::Format::yaml, "c.yaml");
  EXPECT_EQ(diff_text(diff(config.tree, yaml.tree)), "");
  const Config json = Config::from_string(to_json(config.tree), Config::Format::json, "c.json");
  EXPECT_EQ(to_canonical_json(json.tree), to_canonical_json(config.tree));  // tuples are lists, keys are texts
}

TEST(Dump, BreaksLongLines) {
  const Config config = python_config(
      "optimizer = dict(type='SGD', lr=0.1)\n"
      "train_dataloader = dict(batch_size=64, num_workers=2, dataset=dict(type='FashionMNIST', "
      "data_root='data/fashion_mnist', split='train'), "
      "sampler=dict(type='DefaultSampler', shuffle=True))\n");
  EXPECT_EQ(to_python(config.tree),
            "optimizer = dict(type='SGD', lr=0.1)\n"
            "train_dataloader = dict(\n"
            "    batch_size=64,\n"
            "    num_workers=2,\n"
            "    dataset=dict(type='FashionMNIST', data_root='data/fashion_mnist', split='train'),\n"
            "    sampler=dict(type='DefaultSampler', shuffle=True),\n"
            ")\n");
}

TEST(Dump, JsonReadsBackWhatJsonHasNoWordFor) {
  const Config config = python_config("a = [float('inf'), -float('inf')]\nb = {'{' + '{ fileDirname }}': 1}\n");
  const std::string text = to_json(config.tree);
  EXPECT_EQ(text, "{\n  \"a\": [Infinity, -Infinity],\n  \"b\": {\"{\\u007b fileDirname }}\": 1}\n}\n");
  EXPECT_TRUE(same_tree(config.tree, Config::from_string(text, Config::Format::json, "c.json").tree));
}

TEST(Dump, YamlPutsTheFirstKeyBesideTheDash) {
  const Config config = python_config("a = [dict(x=1, y=[dict(z=2), [dict(w=3)]]), [], dict()]\n");
  EXPECT_EQ(to_yaml(config.tree), "a:\n  - x: 1\n    y:\n      - z: 2\n      -\n        - w: 3\n  - []\n  - {}\n");
  EXPECT_TRUE(same_tree(config.tree, Config::from_string(to_yaml(config.tree), Config::Format::yaml, "c.yaml").tree));
  EXPECT_EQ(to_yaml(*config.tree.find("a")), "- x: 1\n  y:\n    - z: 2\n    -\n      - w: 3\n- []\n- {}\n");
}

TEST(Dump, WritesSymbolsAsTheirPaths) {
  Value tree = Value::dict();
  tree.as_dict().set("type", Symbol{"torch.optim.SGD"});
  EXPECT_EQ(to_python(tree), "type = 'torch.optim.SGD'\n");
  EXPECT_EQ(to_yaml(tree), "type: torch.optim.SGD\n");
  EXPECT_EQ(to_canonical_json(tree), "{\"type\":\"torch.optim.SGD\"}\n");
}

TEST(Dump, KeepsAKeyThatHidesDict) {
  const Config config = python_config("a = dict(b=1)\ndict = 3\n");
  EXPECT_EQ(to_python(config.tree), "a = {'b': 1}\ndict = 3\n");
}

TEST(Dump, RefusesKeysThatAFormatCannotHold) {
  Value tree = Value::dict();
  tree.as_dict().set("a-b", 1);
  EXPECT_EQ(mistake_in([&] { to_python(tree); }),
            "a config in Python cannot have the top-level key 'a-b'\n  a .yaml or .json file can hold it");
  Value hidden = Value::dict();
  hidden.as_dict().set("__a", 1);
  EXPECT_THAT(mistake_in([&] { to_python(hidden); }), HasSubstr("cannot have the top-level key '__a'"));
  EXPECT_EQ(mistake_in([&] { to_yaml(python_config("a = {(1, 2): 3}").tree); }),
            "c.py:1:6: the key (1, 2) cannot be written as YAML\n  a .py file can hold it");
}

TEST(Diff, TellsTheSmallestParts) {
  const Config before = python_config("a = dict(x=1, y=[1, dict(z=2)], gone='q')\nb = 1\nc = [1]\n");
  const Config after = python_config("a = dict(x=1.0, y=[1, dict(z=3)], new=None)\nb = 1\nc = [1, 2]\n");
  EXPECT_EQ(diff_text(diff(before.tree, after.tree)),
            "- a.x = 1  # c.py:1:10\n+ a.x = 1.0  # c.py:1:10\n"
            "- a.y.1.z = 2  # c.py:1:26\n+ a.y.1.z = 3  # c.py:1:28\n"
            "- a.gone = 'q'  # c.py:1:33\n+ a.new = None  # c.py:1:35\n"
            "- c = [1]  # c.py:3:1\n+ c = [1, 2]  # c.py:3:1\n");
  EXPECT_TRUE(diff(before.tree, before.tree.deep_copy()).empty());
}

std::string differing(const std::string& before, const std::string& after) {
  std::string out;
  for (const Difference& difference : diff(python_config(before).tree, python_config(after).tree))
    out += (difference.before ? "-" : "") + std::string(difference.after ? "+" : "") + difference.path + " ";
  return out;
}

TEST(Diff, LinesUpListsOfDicts) {
  const std::string load = "dict(type='Load')", flip = "dict(type='Flip', prob=0.5)", pack = "dict(type='Pack')";
  const std::string all = "p = [" + load + ", " + flip + ", " + pack + "]";
  EXPECT_EQ(differing(all, "p = [" + load + ", " + pack + "]"), "-p.1 ");
  EXPECT_EQ(differing("p = [" + load + ", " + pack + "]", all), "+p.1 ");
  EXPECT_EQ(differing(all, "p = [" + flip + ", " + pack + ", " + load + "]"), "-p.0 +p.2 ");
  EXPECT_EQ(differing(all, "p = [" + load + ", dict(type='Flip', prob=1), " + pack + "]"), "-+p.1.prob ");
  EXPECT_EQ(differing("p = [dict(a=1), dict(a=2)]", "p = [dict(a=2)]"), "-p.0 ");
  EXPECT_EQ(differing("p = [" + load + "]", "p = []"), "-+p ");
}

TEST(Diff, ShowsShortListsAsWholes) {
  EXPECT_EQ(differing("p = (1, 2)", "p = (1, 3)"), "-+p ");
  EXPECT_EQ(differing("p = (1, 2)", "p = (1, 2.0)"), "-+p ");
  EXPECT_EQ(differing("p = [1, 2]", "p = [1, 2]"), "");
  EXPECT_EQ(differing("p = [[1, 2], [3]]", "p = [[1, 2], [4]]"), "-+p.1 ");
  EXPECT_EQ(differing("p = list(range(10))", "p = list(range(9)) + [8]"), "-+p.9 ");
}

}  // namespace
}  // namespace millrace
