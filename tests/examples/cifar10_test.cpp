#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/file.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

/// Ten classes of noise of a colour each, as files of the binary version.
void write_small_cifar10(const fs::path& folder) {
  fs::create_directories(folder);
  std::mt19937 draw(1);
  for (const char* name :
       {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"}) {
    std::ofstream file(folder / (std::string(name) + ".bin"), std::ios::binary);
    for (int i = 0; i < 20; ++i) {
      const auto label = static_cast<int>(draw() % 10);
      file.put(static_cast<char>(label));
      for (int plane = 0; plane < 3; ++plane)
        for (int pixel = 0; pixel < 1024; ++pixel)
          file.put(static_cast<char>((label * 20 + plane * 15 + static_cast<int>(draw() % 60)) % 256));
    }
  }
}

class Cifar10Example : public testing::Test {
 protected:
  Cifar10Example() { write_small_cifar10(folder_.path() / "data/cifar10/cifar-10-batches-bin"); }
  ProcessResult run(const std::string& words) const {
    return run_process(
        {"/bin/sh", "-c", "cd '" + folder_.path().string() + "' && " + build_path("/examples/cifar10 ") + words});
  }
  std::string path(const std::string& name) const { return folder_ / name; }
  /// All records of a run, without what a clock measured.
  std::vector<nlohmann::json> records(const std::string& work_dir) const {
    std::vector<nlohmann::json> records;
    for (const auto& entry : fs::recursive_directory_iterator(path(work_dir))) {
      if (entry.path().filename() != "scalars.json") continue;
      for (const std::string& line : split(io::read_file(entry.path().string()), '\n')) {
        if (line.empty()) continue;
        records.push_back(nlohmann::json::parse(line));
        for (const char* key : {"time", "data_time", "memory"}) records.back().erase(key);
      }
    }
    return records;
  }
  ScratchFolder folder_;
};

TEST_F(Cifar10Example, GivesTheSameBitsFromInstancesAndFromItsConfig) {
  const ProcessResult instances = run("");
  ASSERT_EQ(instances.exit_code, 0) << instances.error;
  EXPECT_THAT(instances.output, testing::StartsWith("hit_rate "));
  const ProcessResult config = run("train " + source_path("/examples/cifar10.py --work-dir of_config"));
  ASSERT_EQ(config.exit_code, 0) << config.error;

  EXPECT_EQ(records("work_dirs/cifar10").size(), 20U);
  EXPECT_EQ(records("work_dirs/cifar10"), records("of_config"));
  const State a = load_checkpoint_file(path("work_dirs/cifar10/epoch_10.pth"));
  const State b = load_checkpoint_file(path("of_config/epoch_10.pth"));
  EXPECT_TRUE(a.at("state_dict").equals(b.at("state_dict")));
  EXPECT_TRUE(a.at("optimizer").equals(b.at("optimizer")));

  const ProcessResult test =
      run("test " + source_path("/examples/cifar10.py of_config/epoch_10.pth --work-dir tested"));
  ASSERT_EQ(test.exit_code, 0) << test.error;
  const double rate = std::stod(instances.output.substr(9));
  EXPECT_THAT(test.output, testing::StartsWith("hit_rate  " + std::to_string(rate).substr(0, 6)));
}

TEST(Cifar10ExampleSource, IsShort) {
  const std::vector<std::string> lines = split(io::read_file(source_path("/examples/cifar10.cpp")), '\n');
  EXPECT_LE(lines.size() - 1, 80U);
  for (const std::string& line : lines) EXPECT_LE(line.size(), 120U) << line;
}

}  // namespace
}  // namespace millrace
