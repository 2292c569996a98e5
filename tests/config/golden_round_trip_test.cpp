#include <gtest/gtest.h>

#include "millrace/config/diff.h"
#include "millrace/config/dump.h"
#include "millrace/config/key_path.h"
#include "tests/support/golden_configs.h"

namespace millrace {
namespace {

/// What is left of a value in a format, as docs/config.md says it.
Value held_by(Config::Format format, const Value& value) {
  if (value.is_symbol()) return value.as_symbol().path;
  const bool is_json = format == Config::Format::json;
  if (value.is_dict()) {
    Value out = Value::dict();
    for (const auto& [key, item] : value.as_dict())
      out.as_dict().set(is_json ? Value(path_name(key)) : key, held_by(format, item));
    return out;
  }
  if (!value.is_sequence()) return value;
  Value::Items items;
  for (const Value& item : value.items()) items.push_back(held_by(format, item));
  if (is_json || value.kind() == Value::Kind::list) return Value::list(std::move(items));
  return value.kind() == Value::Kind::tuple ? Value::tuple(std::move(items)) : Value::set(std::move(items));
}

/// Writes and reads again: the tree stays what it was, and what is read is written in the same way.
void expect_round_trip(const Value& tree, Config::Format format, const std::string& name) {
  const std::string text = dump(tree, format);
  const Config again = Config::from_string(text, format, "again");
  const std::vector<Difference> differences = diff(held_by(format, tree), again.tree);
  EXPECT_TRUE(differences.empty()) << name << "\n" << diff_text(differences);
  EXPECT_EQ(dump(again.tree, format), text) << name;
}

class GoldenRoundTrip : public testing::TestWithParam<const char*> {
 protected:
  static const GoldenConfigs& configs() {
    static const GoldenConfigs kConfigs;
    return kConfigs;
  }
};

TEST_P(GoldenRoundTrip, KeepsTheTree) {
  if (!GoldenConfigs::are_there()) GTEST_SKIP() << GoldenConfigs::kMissing;
  const std::vector<GoldenConfigs::Entry> entries = configs().readable(GetParam());
  EXPECT_GT(entries.size(), 400u);
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string& path = entries[i].path;
    const Config config = configs().read(entries[i]);
    ASSERT_NO_THROW(expect_round_trip(config.tree, Config::Format::python, path)) << path;
    ASSERT_NO_THROW(expect_round_trip(config.tree, Config::Format::json, path)) << path;
    // yaml-cpp takes a hundred times as long: one config of eight, others in each archive.
    if (i % 8 == entries.size() % 8) {
      ASSERT_NO_THROW(expect_round_trip(config.tree, Config::Format::yaml, path)) << path;
    }
    if (HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Of, GoldenRoundTrip, testing::ValuesIn(GoldenConfigs::kNames),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace millrace
