#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "millrace/io/file.h"
#include "tests/data/golden_image.h"
#include "tests/support/needs_imaging.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class DataCheck : public NeedsImaging {
 protected:
  DataCheck() {
    const std::string png = io::read_file(golden_image_path("rgb.png"));
    for (const char* name : {"train/ant/0.png", "train/ant/1.png", "train/bee/0.png", "val/bee/0.png"})
      folder_.write(name, png);
    folder_.write("config.py", R"(
default_scope = 'mmpretrain'
model = dict(type='ImageClassifier', data_preprocessor=dict(mean=[128], std=[64]),
             backbone=dict(type='MLP', in_features=192, hidden=[16]),
             head=dict(type='LinearClsHead', num_classes=2, in_channels=16))
pipeline = [dict(type='LoadImageFromFile'), dict(type='Resize', scale=8), dict(type='PackInputs')]
train_dataloader = dict(batch_size=2, num_workers=2, dataset=dict(type='CustomDataset', pipeline=pipeline, data_root='train'))
val_dataloader = dict(batch_size=2, dataset=dict(type='CustomDataset', pipeline=pipeline, data_root='val'))
test_dataloader = val_dataloader
val_evaluator = test_evaluator = dict(type='Accuracy')
train_cfg = dict(max_epochs=1)
val_cfg = test_cfg = dict()
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
)");
  }
  ProcessResult check(const std::string& more = "") const {
    return run_process(
        {"/bin/sh", "-c",
         "cd " + folder_.path().string() + " && " + build_path("/bin/millrace") + " data check config.py " + more});
  }
  ScratchFolder folder_;
};

TEST_F(DataCheck, SaysThatAllCanBeRead) {
  folder_.write("train/notes.txt");
  const ProcessResult result = check();
  EXPECT_EQ(result.output,
            "train_dataloader: 3 samples, all can be read\n"
            "  train: 1 file skipped: 1 .txt\n"
            "val_dataloader: 1 sample, all can be read\n"
            "test_dataloader: the data of val_dataloader\n");
  EXPECT_THAT(result.error, IsEmpty());
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(DataCheck, NamesAllThatCantBeRead) {
  folder_.write("train/ant/1.png", io::read_file(golden_image_path("rgb.png")).substr(0, 100));
  folder_.write("train/bee/1.jpg", "GIF89a");
  folder_.write("val/bee/0.png", "");
  const ProcessResult result = check();
  EXPECT_EQ(result.output,
            "train/ant/1.png: damaged or truncated image, of 100 bytes\n"
            "train/bee/1.jpg: this is a GIF image; JPEG, PNG, WebP, BMP and TIFF are read\n"
            "train_dataloader: 4 samples, 2 can't be read\n"
            "val/bee/0.png: not an image that can be read: neither JPEG, PNG, WebP, BMP nor TIFF\n"
            "val_dataloader: 1 sample, 1 can't be read\n"
            "test_dataloader: the data of val_dataloader\n");
  EXPECT_EQ(result.exit_code, 2);
  const ProcessResult json = check("--json");
  EXPECT_EQ(json.exit_code, 2);
  EXPECT_THAT(json.output, HasSubstr("{\"loader\":\"train_dataloader\",\"index\":1,\"reason\":\"train/ant/1.png: "
                                     "damaged or truncated image, of 100 bytes\"}\n"));
  EXPECT_THAT(json.output, HasSubstr("{\"loader\":\"train_dataloader\",\"samples\":4,\"unusable\":2}\n"));
  EXPECT_THAT(json.output, HasSubstr("{\"loader\":\"test_dataloader\",\"same_as\":\"val_dataloader\"}\n"));
}

TEST_F(DataCheck, GoesOnBehindDataThatArentThere) {
  const ProcessResult result = check("train_dataloader.dataset.data_root=nowhere");
  EXPECT_THAT(result.output, HasSubstr("train_dataloader: nowhere: no such folder"));
  EXPECT_THAT(result.output, HasSubstr("val_dataloader: 1 sample, all can be read\n"));
  EXPECT_EQ(result.exit_code, 2);
}

TEST_F(DataCheck, ComparesTheClasses) {
  folder_.write("val/wasp/0.png", io::read_file(golden_image_path("rgb.png")));
  const ProcessResult result = check();
  EXPECT_THAT(result.output, HasSubstr("\nval_dataloader has the class wasp, which train_dataloader does not have\n"));
  EXPECT_EQ(result.exit_code, 2);
}

}  // namespace
}  // namespace millrace
