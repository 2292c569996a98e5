// The program golden_trajectories: agrees where it should, and fails where a case is changed or not understood.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;

const std::string kGolden = source_path("/tests/golden/");

class GoldenTrajectoriesProgram : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz"))
      GTEST_SKIP() << "needs the Debian package dataset-fashion-mnist";
  }
  static json cases_of(const std::string& file) {
    std::ifstream stream(kGolden + file);
    return json::parse(stream);
  }
  static json case_of(const std::string& file, const std::string& name) {
    for (const json& one : cases_of(file))
      if (one["name"] == name) return one;
    return nullptr;
  }
  /// Its first iterations alone.
  static json shortened(json golden, int iterations) {
    golden["max_iters"] = iterations;
    for (const char* series : {"loss", "lr", "momentum"})
      if (golden.contains(series)) golden[series].erase(golden[series].begin() + iterations, golden[series].end());
    golden.erase("params");
    return golden;
  }
  ProcessResult run(const json& cases, const std::vector<std::string>& more = {}) {
    std::ofstream(folder_ / "cases.json") << cases;
    std::vector<std::string> arguments = {build_path("/bin/golden_trajectories"), kGolden + "trajectories",
                                          folder_ / "cases.json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_process(arguments);
  }
  ScratchFolder folder_;
};

TEST_F(GoldenTrajectoriesProgram, AgreesOnEveryCaseWhosePartsExist) {
  json cases;
  for (const json& one : cases_of("trajectories/trajectories.json"))
    for (const char* name : {"sgd", "adam_amsgrad", "accumulate4", "paramwise_norm_flat", "two_lr_momentum"})
      if (one["name"] == name) cases.push_back(one);
  cases.push_back(case_of("optimizers_new.json", "lion_cos"));
  cases.push_back(case_of("trajectories/smoke_float32.json", "adamw_float32"));
  const ProcessResult result = run(cases);
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("ok    sgd "), HasSubstr("ok    lion_cos "), HasSubstr("7 of 7 cases agree")));
}

TEST_F(GoldenTrajectoriesProgram, RefusesALossThatIsChangedByAMillionth) {
  const json sgd = shortened(case_of("trajectories/trajectories.json", "sgd"), 10);
  json cases = json::array({sgd});
  for (size_t i = 0; i < 10; ++i) {
    json changed = sgd;
    changed["name"] = "changed_" + std::to_string(i);
    changed["loss"][i] = changed["loss"][i].get<double>() + 1e-6;
    cases.push_back(changed);
  }
  const ProcessResult result = run(cases);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("ok    sgd "), HasSubstr("loss of iteration 0 is 2."),
                                   HasSubstr("loss of iteration 9 is"), HasSubstr("1 of 11 cases agree")));
}

TEST_F(GoldenTrajectoriesProgram, FailsWhatItDoesNotKnowAndGoesOn) {
  const json sgd = shortened(case_of("trajectories/trajectories.json", "sgd"), 3);
  json type = sgd, key = sgd, field = sgd, hook = sgd, series = sgd,
       param = case_of("trajectories/trajectories.json", "sgd");
  type["name"] = "type", type["optim_wrapper"]["optimizer"]["type"] = "Lamp";
  key["name"] = "key", key["optim_wrapper"]["optimizer"]["momentun"] = 0.5;
  field["name"] = "field", field["gradients"] = json::array();
  hook["name"] = "hook", hook["custom_hooks"] = {{{"type", "FutureHook"}}};
  series["name"] = "series", series["loss"].erase(2);
  param["name"] = "param", param["params"]["fc3.weight"] = param["params"]["fc2.weight"];
  const ProcessResult result = run({type, key, field, hook, series, param, sgd});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, AllOf(HasSubstr("no Optimizer 'Lamp'"), HasSubstr("SGD has no key 'momentun'"),
                                   HasSubstr("the field 'gradients' is not known"), HasSubstr("no Hook 'FutureHook'"),
                                   HasSubstr("loss should be a list of 3 numbers")));
  EXPECT_THAT(result.output, AllOf(HasSubstr("params names fc3.weight, which the network lacks"),
                                   HasSubstr("ok    sgd "), HasSubstr("1 of 7 cases agree")));
}

TEST_F(GoldenTrajectoriesProgram, EndsAtOnceWhereAFileIsMissing) {
  const json sgd = shortened(case_of("trajectories/trajectories.json", "sgd"), 3);
  json resumed = sgd;
  resumed["checkpoint"] = "iter_40.pth";
  std::ofstream(folder_ / "cases.json") << json::array({sgd});
  std::ofstream(folder_ / "resumed.json") << json::array({sgd, resumed});
  std::ofstream(folder_ / "none.json") << "[";
  const std::string program = build_path("/bin/golden_trajectories"), trajectories = kGolden + "trajectories";
  const auto error_of = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {program};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const ProcessResult result = run_process(words);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.output, "");
    return result.error;
  };
  const std::string cases = folder_ / "cases.json", none = folder_ / "none";
  EXPECT_THAT(error_of({none, cases}), testing::StartsWith(none + "/lenet_init.pth: this file does not exist\n"));
  EXPECT_THAT(error_of({trajectories, none}), HasSubstr(none));
  EXPECT_THAT(error_of({trajectories, none + ".json"}), HasSubstr("none.json"));
  EXPECT_EQ(error_of({trajectories, cases, "--data", none}),
            none +
                ": it lacks train-images-idx3-ubyte.gz or train-labels-idx1-ubyte.gz\n  help: apt-get install "
                "dataset-fashion-mnist, or --data FOLDER\n");
  EXPECT_THAT(error_of({trajectories, folder_ / "resumed.json"}),
              HasSubstr("no file 'iter_40.pth' in " + trajectories + " or " + folder_.path().string()));
  for (const auto& words : std::vector<std::vector<std::string>>{{}, {cases}, {trajectories, cases, "--data"}})
    EXPECT_EQ(error_of(words), "usage: golden_trajectories DIR FILE.json [--data DIR] [--only NAME]\n");
}

TEST_F(GoldenTrajectoriesProgram, RunsOneCaseByName) {
  const json sgd = shortened(case_of("trajectories/trajectories.json", "sgd"), 3);
  json other = sgd;
  other["name"] = "other";
  EXPECT_THAT(run({sgd, other}, {"--only", "other"}).output, HasSubstr("1 of 1 cases agree"));
  const ProcessResult none = run(json::array({sgd}), {"--only", "adam"});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.error, HasSubstr("has no case 'adam'"));
}

}  // namespace
}  // namespace millrace
