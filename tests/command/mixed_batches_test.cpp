#include <gmock/gmock.h>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/tensor/state.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {

/// The small run, with its batches mixed.
class MixedBatches : public SmallRun {
 protected:
  MixedBatches() {
    std::string text = config_text();
    const std::string mean = "mean=[70.0]";
    text.replace(text.find(mean), mean.size(),
                 mean +
                     ", num_classes=10, batch_augments=dict(probs=[0.4, 0.3, 0.2], augments=[\n"
                     "        dict(type='Mixup', alpha=0.4), dict(type='CutMix', alpha=1.0), "
                     "dict(type='ResizeMix', alpha=1.0)])");
    config_ = write("mixed.py", text);
  }
  State weights(const std::string& folder) const {
    return load_checkpoint_file(path(folder + "/epoch_2.pth")).at("state_dict");
  }
};

TEST_F(MixedBatches, AreTheSameAfterAResume) {
  const ProcessResult whole = train({"--work-dir", path("whole")});
  ASSERT_EQ(whole.exit_code, 0) << whole.error;
  std::filesystem::create_directories(path("resumed"));
  std::filesystem::copy_file(path("whole/epoch_1.pth"), path("resumed/epoch_1.pth"));
  const ProcessResult resumed = train({"--work-dir", path("resumed"), "--resume=" + path("resumed/epoch_1.pth")});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
  EXPECT_TRUE(weights("resumed").equals(weights("whole")));
}

}  // namespace
}  // namespace millrace
