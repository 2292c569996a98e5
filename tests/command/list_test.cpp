#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "millrace/base/text.h"
#include "tests/support/places.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

ProcessResult listed(const std::vector<std::string>& words) {
  std::vector<std::string> arguments = {build_path("/bin/millrace"), "list"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return run_process(arguments);
}

TEST(ListCommand, NamesWhatTheEngineAndTheZooRegister) {
  const ProcessResult result = listed({});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.error, IsEmpty());
  for (const char* name : {"Hook\n", "CheckpointHook", "SGD", "mmpretrain.ImageClassifier"})
    EXPECT_THAT(result.output, HasSubstr(name));
}

TEST(ListCommand, ShowsTheKeysOfAComponent) {
  const ProcessResult result = listed({"SGD"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, testing::StartsWith("SGD: "));
  for (const char* key : {"momentum", "weight_decay", "nesterov"}) EXPECT_THAT(result.output, HasSubstr(key));
}

TEST(ListCommand, DescribesEveryKeyInJson) {
  const ProcessResult result = listed({"--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  int components = 0;
  for (const std::string& line : split(result.output, '\n')) {
    if (line.empty()) continue;
    ++components;
    const auto component = nlohmann::json::parse(line);
    for (const char* key : {"kind", "scope", "name", "keys"}) EXPECT_TRUE(component.contains(key)) << line;
    for (const auto& key : component["keys"]) {
      const std::string name = component["name"].get<std::string>() + "." + key["key"].get<std::string>();
      if (key.value("ignored", false) || !key.contains("type")) continue;
      EXPECT_TRUE(key["required"].get<bool>() || key.contains("default")) << name;
      EXPECT_FALSE(key["text"].get<std::string>().empty()) << name << " has no text";
    }
  }
  EXPECT_GT(components, 30);
}

TEST(ListCommand, KnowsTheNearestName) {
  const ProcessResult result = listed({"StepLr"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error, HasSubstr("did you mean"));
}

TEST(EnvCommand, NamesVersionsAndTheInstructionSet) {
  const ProcessResult result = run_process({build_path("/bin/millrace"), "env", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto facts = nlohmann::json::parse(result.output);
  for (const char* name : {"millrace", "libtorch", "instruction set"})
    EXPECT_TRUE(facts.contains(name)) << result.output;
  EXPECT_EQ(facts["GOMP_SPINCOUNT"], "10000");
}

}  // namespace
}  // namespace millrace
