#include <gmock/gmock.h>

#include "millrace/picture/png.h"
#include "millrace/picture/rgb_image.h"
#include "tests/command/small_run.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using testing::HasSubstr;

/// Trains on images of 8 x 8 pixels, in a folder for each class.
class FailedRun : public SmallRun {
 protected:
  FailedRun() {
    for (const char* part : {"train", "val"})
      for (int i = 0; i < 8; ++i)
        for (const bool is_dark : {true, false}) {
          const auto shade = static_cast<uint8_t>((is_dark ? 40 : 200) + i);
          folder_.write(std::string(part) + (is_dark ? "/dark/" : "/light/") + std::to_string(i) + ".png",
                        encode_png(RgbImage(8, 8, {shade, shade, shade})));
        }
    config_ = write("images.py",
                    "default_scope = 'mmpretrain'\n"
                    "model = dict(type='ImageClassifier', data_preprocessor=dict(mean=[128] * 3, std=[64] * 3),\n"
                    "    backbone=dict(type='MLP', in_features=192, hidden=[4]),\n"
                    "    head=dict(type='LinearClsHead', num_classes=2, in_channels=4))\n"
                    "pipeline = [dict(type='LoadImageFromFile'), dict(type='PackInputs')]\n"
                    "loader = dict(batch_size=4, dataset=dict(type='CustomDataset', pipeline=pipeline))\n"
                    "train_dataloader = dict(batch_size=4, dataset=dict(type='CustomDataset', pipeline=pipeline,\n"
                    "    data_root='" +
                        path("train") +
                        "'))\n"
                        "val_dataloader = dict(batch_size=4, dataset=dict(type='CustomDataset', pipeline=pipeline,\n"
                        "    data_root='" +
                        path("val") +
                        "'))\n"
                        "val_evaluator = dict(type='Accuracy', topk=(1,))\n"
                        "train_cfg = dict(max_epochs=60)\nval_cfg = dict()\n"
                        "optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.01))\n"
                        "default_hooks = dict(checkpoint=dict(interval=200), logger=dict(interval=1))\n");
  }
};

TEST_F(FailedRun, IsSavedAndGoesOnWhereAFileIsGoneInTheMiddle) {
  if (!has_imaging()) GTEST_SKIP() << "this build has no imaging library";
  const std::string lost = path("train/dark/3.png"), kept = path("3.png");
  bool is_lost = false;
  const ProcessResult failed = train({}, [&](int, const std::string& line) {
    if (is_lost || line.find("  [2][1/4]") == std::string::npos) return;
    std::filesystem::rename(lost, kept);
    is_lost = true;
  });
  EXPECT_EQ(failed.exit_code, 2) << failed.error;
  EXPECT_THAT(failed.error, HasSubstr(lost));
  const std::string checkpoint = line_after(failed.error, "saved up to iteration");
  ASSERT_THAT(checkpoint, HasSubstr(" in " + path("work/"))) << failed.error;  // an epoch may just have ended
  const std::string line = line_after(failed.error, "resume:");
  ASSERT_THAT(line, HasSubstr("--resume")) << failed.error;

  std::filesystem::rename(kept, lost);
  const ProcessResult resumed = shell(line);
  ASSERT_EQ(resumed.exit_code, 0) << resumed.error;
  EXPECT_EQ(summary()["iters"], 240);
}

}  // namespace
}  // namespace millrace
