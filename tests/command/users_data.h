#pragma once

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/support/needs_imaging.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {

/// The command in a folder with data as users have them.
class UsersData : public NeedsImaging {
 protected:
  /// In the folder of the data.
  ProcessResult millrace(const std::string& words) const {
    return run_process(
        {"/bin/sh", "-c", "cd " + folder_.path().string() + " && " + build_path("/bin/millrace") + " " + words});
  }
  /// With a work dir of its own: work1, work2, …
  ProcessResult train(const std::string& more = "") {
    return millrace("train config.py --work-dir work" + std::to_string(++trainings_) + " " + more);
  }
  ScratchFolder folder_;

 private:
  int trainings_ = 0;
};

/// Folders of images: train has four of each class ant, bee and cow, which a network learns at once, val has no bee.
class UsersImages : public UsersData {
 protected:
  void SetUp() override {
    UsersData::SetUp();
    if (IsSkipped()) return;
    folder_.write("config.py", R"(
default_scope = 'mmpretrain'
model = dict(type='ImageClassifier', data_preprocessor=dict(mean=[128, 128, 128], std=[64, 64, 64], to_rgb=True),
             backbone=dict(type='MLP', in_features=192, hidden=[16]),
             head=dict(type='LinearClsHead', num_classes=3, in_channels=16))
pipeline = [dict(type='LoadImageFromFile', ignore_empty=True), dict(type='PackInputs')]
train_dataloader = dict(batch_size=4, sampler=dict(type='DefaultSampler', shuffle=True),
                        dataset=dict(type='CustomDataset', pipeline=pipeline, data_root='train'))
val_dataloader = dict(batch_size=4, dataset=dict(type='CustomDataset', pipeline=pipeline, data_root='val'))
val_evaluator = dict(type='Accuracy')
train_cfg = dict(max_epochs=30)
val_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=0.01))
randomness = dict(seed=0)
)");
    const char* classes[] = {"ant", "bee", "cow"};
    for (int k = 0; k < 3; ++k)
      for (int i = 0; i < 4; ++i) {
        at::Tensor image = at::full({8, 8, 3}, 20 + 5 * i, at::kByte);
        image.select(2, k).fill_(220);
        const std::string content = imaging().encode(image, "a.png", ImageReading::Order::bgr);
        const std::string name = std::string(classes[k]) + "/" + std::to_string(i) + ".png";
        folder_.write("train/" + name, content);
        if (k != 1) folder_.write("val/" + name, content);
      }
  }
};

}  // namespace millrace
