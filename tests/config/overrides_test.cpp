#include "millrace/config/overrides.h"

#include <gmock/gmock.h>

#include <fstream>

#include "millrace/config/json.h"
#include "tests/config/config_folder.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Value golden_overrides() {
  std::ifstream stream(source_path("/tests/golden/overrides.json"));
  return read_json({std::istreambuf_iterator<char>(stream), {}}, "overrides.json");
}

void add_tuples(const Value& value, const std::string& path, std::vector<std::string>& out) {
  const auto below = [&](const std::string& name) { return path.empty() ? name : path + "." + name; };
  if (value.kind() == Value::Kind::tuple) out.push_back(path);
  if (value.is_dict())
    for (const auto& [key, item] : value.as_dict()) add_tuples(item, below(key.as_string()), out);
  if (value.is_sequence())
    for (size_t i = 0; i < value.items().size(); ++i) add_tuples(value.items()[i], below(std::to_string(i)), out);
}

/// As the command would: `--cfg-options` and what follows it.
std::vector<std::string> arguments_of(const Value& argv) {
  std::vector<std::string> out;
  for (const Value& argument : argv.items())
    if (argument.as_string() != "--cfg-options") out.push_back(argument.as_string());
  return out;
}

Config::Format format_of_base(const std::string& extension) { return Config::format_of("c" + extension); }

TEST(Overrides, AgreeWithMMEngine) {
  const Value golden = golden_overrides();
  int compared = 0, better = 0;
  for (const Value& test : golden.find("cases")->items()) {
    const std::string& name = test.find("name")->as_string();
    if (name == "035 --cfg-options")
      continue;  // the option without any override is the command's affair: tests/cli/arguments_test.cpp
    const Value& base = *golden.find("bases")->find(test.find("base")->as_string());
    Config config =
        Config::from_string(base.find("text")->as_string(), format_of_base(base.find("format")->as_string()), "c");
    const Value& expected = *test.find("expected");
    std::string error;
    try {
      if (const Value* argv = test.find("argv")) {
        Value options = Value::dict();
        if (test.find("allow_list_keys")->as_bool()) {
          apply_overrides(config, arguments_of(*argv));
        } else {
          for (const std::string& argument : arguments_of(*argv)) {
            const size_t equals = argument.find('=');
            options.as_dict().set(Value(argument.substr(0, equals)),
                                  parse_override(argument.substr(equals + 1), Place("c")));
          }
          merge_options(config.tree, options, false);
        }
      } else {
        merge_options(config.tree, *test.find("options"), test.find("allow_list_keys")->as_bool());
      }
    } catch (const Error& caught) {
      error = caught.what();
    }
    ++compared;
    const bool quirk = test.find("quirk") != nullptr;
    if (expected.find("error")) {
      if (error.empty() && quirk) ++better;
      else EXPECT_FALSE(error.empty()) << name << ": " << to_canonical_json(config.tree);
      continue;
    }
    EXPECT_EQ(error, "") << name;
    const std::string ours = to_canonical_json(config.tree), theirs = to_canonical_json(*expected.find("tree"));
    if (ours != theirs && quirk) {
      ++better;
      continue;
    }
    EXPECT_EQ(ours, theirs) << name;
    std::vector<std::string> tuples, expected_tuples;
    add_tuples(config.tree, "", tuples);
    for (const Value& path : expected.find("tuples")->items()) expected_tuples.push_back(path.as_string());
    EXPECT_THAT(tuples, testing::UnorderedElementsAreArray(expected_tuples)) << name;
  }
  EXPECT_EQ(compared, 163);
  EXPECT_EQ(better, 9);
}

std::string overridden(const std::string& base, const std::vector<std::string>& arguments) {
  Config config = python_config(base);
  apply_overrides(config, arguments);
  return config.tree.repr(1000);
}

std::string override_error(const std::string& base, const std::string& argument) {
  Config config = python_config(base);
  try {
    apply_overrides(config, std::vector<std::string>{argument});
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Overrides, ReadDictsAndBlanksThatMMEngineCannot) {
  EXPECT_EQ(overridden("a = 1", {"a={'x': 1, 'y': [1, (2, 'b c')]}"}), "{'a': {'x': 1, 'y': [1, (2, 'b c')]}}");
  EXPECT_EQ(overridden("a = 1", {"a=[{'x': 1}, {\"y\": None}]"}), "{'a': [{'x': 1}, {'y': None}]}");
  EXPECT_EQ(overridden("a = 1", {"a={x:1}"}), "{'a': '{x:1}'}");
  EXPECT_EQ(overridden("a = 1", {"a='two words'"}), "{'a': 'two words'}");
  EXPECT_EQ(overridden("a = 1", {"a=two words"}), "{'a': 'twowords'}");
}

TEST(Overrides, ReplaceElementsOfLists) {
  EXPECT_EQ(overridden("a = [1, [2, 3], dict(b=4)]", {"a.0=9", "a.1.1=8", "a.2.b=7"}), "{'a': [9, [2, 8], {'b': 7}]}");
  EXPECT_EQ(overridden("a = [dict(b=4)]", {"a.0._delete_=True", "a.0.c=1"}), "{'a': [{'c': 1}]}");
  EXPECT_EQ(overridden("a = dict(b=1)", {"new.c._delete_=True", "new.c.d=1"}),
            "{'a': {'b': 1}, 'new': {'c': {'d': 1}}}");
}

TEST(Overrides, TellTheArgumentInPlacesAndErrors) {
  Config config = python_config("optim_wrapper = dict(optimizer=dict(lr=1))");
  apply_overrides(config, std::vector<std::string>{"optim_wrapper.optimizer.lr=x"});
  const Dict& optimizer = config.tree.find("optim_wrapper")->find("optimizer")->as_dict();
  EXPECT_EQ(optimizer.find("lr")->place().str(), "command line: optim_wrapper.optimizer.lr=x");
  EXPECT_EQ(optimizer.entry("lr")->key.place().str(), "command line: optim_wrapper.optimizer.lr=x");
  EXPECT_EQ(override_error("a = 1", "lr"), "command line: lr: an override is written key=value");
  EXPECT_EQ(override_error("a = 1", "a=[1,(2]"),
            "command line: a=[1,(2]: the brackets of the value do not match\n  help: x=[[1,2],[3,4]] has one list "
            "or tuple around it all");
  EXPECT_EQ(override_error("a = [1, 2]", "a.2=5"),
            "command line: a.2=5: index 2 is outside of the list of length 2\n  [1, 2]");
  EXPECT_EQ(override_error("a = [1, 2]", "a.x=5"), "command line: a.x=5: 'x' is not an index of a list\n  [1, 2]");
  EXPECT_THAT(override_error("a = 1", "a.b=5"), HasSubstr("command line: a.b=5: 'a' is a dict here, but 1 before"));
  EXPECT_THAT(override_error("a = 1", "a=" + std::string(5000, '9')),
              testing::EndsWith("9: the integer has more than 4300 digits"));
}

std::vector<std::string> copies_after(const std::string& base, const std::vector<std::string>& arguments) {
  Config config = python_config(base);
  apply_overrides(config, arguments);
  return config.overridden.at(0).copies;
}

/// What MMEngine does in silence: a variable that was used is no longer connected with what was made of it.
TEST(Overrides, TellWhatWasMadeOfAVariableBefore) {
  const std::string base =
      "data_root = 'data/coco'\n"
      "train_pipeline = [dict(type='Resize', scale=(4, 4))]\n"
      "batch_size = 32\n"
      "train_dataloader = dict(batch_size=batch_size, dataset=dict(\n"
      "    data_root=data_root, ann_file=data_root + '/a.json', pipeline=train_pipeline))\n"
      "val_dataloader = train_dataloader\n"
      "unread = 'data/coco'\n";
  EXPECT_THAT(copies_after(base, {"data_root=/data"}),
              ElementsAre("train_dataloader.dataset.data_root", "train_dataloader.dataset.ann_file",
                          "val_dataloader.dataset.data_root", "val_dataloader.dataset.ann_file", "unread"));
  EXPECT_THAT(copies_after(base, {"train_pipeline.0.scale=(8,8)"}),
              ElementsAre("train_dataloader.dataset.pipeline", "val_dataloader.dataset.pipeline"));
  EXPECT_THAT(copies_after(base, {"batch_size=8"}),
              ElementsAre("train_dataloader.batch_size", "val_dataloader.batch_size"));
  EXPECT_THAT(copies_after(base, {"data_root=/x", "train_dataloader.dataset.data_root=/x", "unread=/y",
                                  "train_dataloader.dataset.ann_file=/x/a.json"}),
              ElementsAre("val_dataloader.dataset.data_root", "val_dataloader.dataset.ann_file"));
  EXPECT_THAT(copies_after(base, {"train_dataloader.batch_size=8"}), ElementsAre("val_dataloader"));
  EXPECT_THAT(copies_after(base, {"val_dataloader.batch_size=8"}), IsEmpty()) << "nothing was made of it";
  EXPECT_THAT(copies_after(base, {"unread=1"}), IsEmpty());
  EXPECT_THAT(copies_after(base, {"data_root=data/coco"}), IsEmpty()) << "it is what it was";
}

}  // namespace
}  // namespace millrace
