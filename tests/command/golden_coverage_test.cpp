#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "millrace/cli/engine.h"
#include "tests/support/golden_configs.h"
#include "tests/support/places.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

/// What a repository's whole configs lack: the names, and how many configs lack exactly these.
using Lacking = std::map<std::set<std::string>, int64_t>;

Lacking lacking_of(const GoldenConfigs& golden, const std::string& repository) {
  Lacking out;
  for (const GoldenConfigs::Entry& entry : golden.readable(repository)) {
    if (entry.path.find("/_base_/") != std::string::npos) continue;
    const Config config = golden.read(entry);
    const auto has = [&](const char* key) { return config.tree.find(key) != nullptr; };
    if (!has("model") || !(has("train_dataloader") || has("val_dataloader") || has("test_dataloader"))) continue;
    std::set<std::string> names;
    for (const AbsentComponent& component : engine().check(config).absent)
      if (!component.may_be_roots) names.insert(component.name);
    ++out[names];
  }
  return out;
}

int64_t whole_with(const Lacking& lacking, const std::set<std::string>& names) {
  int64_t configs = 0;
  for (const auto& [lack, count] : lacking)
    if (std::includes(names.begin(), names.end(), lack.begin(), lack.end())) configs += count;
  return configs;
}

/// The component that makes most configs run, again and again; of several the one that most configs lack.
int64_t one_by_one(const Lacking& lacking, int64_t count) {
  std::map<std::string, int64_t> mentions;
  for (const auto& [lack, configs] : lacking)
    for (const std::string& name : lack) mentions[name] += configs;
  std::set<std::string> chosen;
  while (static_cast<int64_t>(chosen.size()) < count) {
    std::pair<int64_t, int64_t> best(-1, -1);
    std::string best_name;
    for (const auto& [name, mentioned] : mentions) {
      if (chosen.contains(name)) continue;
      std::set<std::string> with = chosen;
      with.insert(name);
      const std::pair worth(whole_with(lacking, with), mentioned);
      if (worth > best) best = worth, best_name = name;
    }
    chosen.insert(best_name);
  }
  return whole_with(lacking, chosen);
}

/// `--next` over all configs of a repository: as many components as asked for, which make as many configs run as it
/// says, and at least as many as those chosen one by one.
class GoldenCoverage : public testing::TestWithParam<std::pair<const char*, int64_t>> {};

TEST_P(GoldenCoverage, ChoosesNoWorseThanOneByOne) {
  if (!GoldenConfigs::are_there()) GTEST_SKIP() << GoldenConfigs::kMissing;
  const auto [repository, configs] = GetParam();
  const GoldenConfigs golden;
  const Lacking lacking = lacking_of(golden, repository);
  for (const int64_t count : {10, 40}) {
    const ProcessResult result =
        run_process({build_path("/bin/millrace"), "config", "coverage", golden.folder() + "/" + repository, "--next",
                     std::to_string(count), "--json"});
    ASSERT_EQ(result.exit_code, 0) << result.error;
    std::istringstream lines(result.output);
    nlohmann::json next, summary;
    for (std::string line; std::getline(lines, line);) {
      const auto finding = nlohmann::json::parse(line);
      if (finding["finding"] == "next") next = finding;
      if (finding["finding"] == "summary") summary = finding;
    }
    EXPECT_EQ(summary["configs"], configs);
    EXPECT_EQ(summary["covered"], whole_with(lacking, {}));
    const auto names = next["items"].get<std::set<std::string>>();
    EXPECT_EQ(names.size(), static_cast<size_t>(count));
    EXPECT_EQ(next["runs"], whole_with(lacking, names));
    EXPECT_GE(next["runs"], one_by_one(lacking, count));
  }
}

INSTANTIATE_TEST_SUITE_P(Repositories, GoldenCoverage,
                         testing::Values(std::pair("mmpretrain", 515), std::pair("mmdetection", 800),
                                         std::pair("mmsegmentation", 681), std::pair("mmpose", 408)),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace millrace
