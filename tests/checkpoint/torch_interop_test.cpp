#include <gmock/gmock.h>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/file_weights.h"
#include "millrace/checkpoint/known_records.h"
#include "tests/checkpoint/describe.h"
#include "tests/checkpoint/python.h"
#include "tests/checkpoint/random_state.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

class TorchInterop : public testing::Test {
 protected:
  void SetUp() override {
    if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: set MILLRACE_PYTHON";
  }
  std::string run(const std::string& script, const std::string& arguments) {
    const auto [output, is_well] = output_of(python_with_torch() + " '" + source_path("/tests/checkpoint/") + script +
                                             "' " + arguments + " 2>'" + (folder_ / "errors") + "'");
    EXPECT_TRUE(is_well) << io::read_file(folder_ / "errors");
    return output;
  }
  ScratchFolder folder_;
};

TEST_F(TorchInterop, ReadsWhatTorchSaveWritesBitForBit) {
  constexpr int kFiles = 100;
  run("make_torch_files.py", folder_.path().string() + " " + std::to_string(kFiles));
  for (int n = 0; n < kFiles; ++n) {
    const std::string name = folder_ / std::to_string(n);
    const nlohmann::json expected = nlohmann::json::parse(io::read_file(name + ".json"));
    EXPECT_EQ(nlohmann::json::diff(Describer().of(load_torch_file(name + ".pth")), expected), nlohmann::json::array())
        << name;
  }
}

TEST_F(TorchInterop, WritesWhatTorchLoadReadsByDefault) {
  constexpr int kFiles = 60;
  std::string paths;
  std::vector<nlohmann::json> expected;
  for (int n = 0; n < kFiles; ++n) {
    const State state = RandomState(static_cast<uint64_t>(n)).make(5);
    const std::string path = folder_ / std::to_string(n) + ".pth";
    save_checkpoint_file(path, state);
    paths += " " + path;
    expected.push_back(Describer().of(state));
  }
  const std::vector<std::string> lines = split(trim(run("torch_tree.py", paths)), '\n');
  ASSERT_EQ(lines.size(), expected.size());
  for (size_t n = 0; n < lines.size(); ++n)
    EXPECT_EQ(nlohmann::json::diff(nlohmann::json::parse(lines[n]), expected[n]), nlohmann::json::array())
        << "seed " << n;
}

TEST(StateInterop, ReadsACheckpointOfMMEngineAsPythonDoes) {
  const State file = without_known_records(load_torch_file(source_path("/tests/golden/state_interop/iter_40.pth")));
  const nlohmann::json expected =
      nlohmann::json::parse(io::read_file(source_path("/tests/checkpoint/state_interop_tree.json")));
  EXPECT_EQ(nlohmann::json::diff(Describer().of(file), expected), nlohmann::json::array());
}

TEST(StateInterop, ReadsAPlainStateDictOfTorch) {
  const std::string path = source_path("/tests/golden/trajectories/lenet_init.pth");
  const State file = load_checkpoint_file(path);
  EXPECT_EQ(weights_in(file, path).main.weights, &file);
  EXPECT_EQ(file.at("conv1.weight").tensor().scalar_type(), c10::kDouble);
}

}  // namespace
}  // namespace millrace
