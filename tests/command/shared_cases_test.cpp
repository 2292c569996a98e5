#include <gmock/gmock.h>

#include <cstdlib>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/io/file.h"
#include "tests/command/users_data.h"

// The inputs of shared/cases (MILLRACE_SHARED), on which users saw the command fail. Tests beside the code have smaller
// ones of the same kinds.
namespace millrace {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class SharedCases : public UsersData {
 protected:
  void SetUp() override {
    UsersData::SetUp();
    if (IsSkipped()) return;
    const char* const shared = std::getenv("MILLRACE_SHARED");
    const fs::path cases = fs::path(shared ? shared : "") / "cases";
    if (!shared || !fs::is_directory(cases)) GTEST_SKIP() << "no folder cases below MILLRACE_SHARED";
    fs::copy(cases, folder_.path(), fs::copy_options::recursive);
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path()))
      fs::permissions(entry.path(), fs::perms::owner_write, fs::perm_options::add);
  }
  /// In the folder of a case, its trainings in a work dir of their own.
  ProcessResult in(const std::string& folder, const std::string& words) {
    const std::string work = words.starts_with("train") ? " --work-dir work" + std::to_string(++trainings_) : "";
    return millrace("env > /dev/null && cd " + folder + " && " + build_path("/bin/millrace") + " " + words + work);
  }
  static void expect_done(const ProcessResult& result) { EXPECT_EQ(result.exit_code, 0) << result.error; }
  static void expect_full_accuracy(const ProcessResult& result) {
    expect_done(result);
    EXPECT_THAT(result.output, HasSubstr("accuracy/top1  100.0000")) << result.output;
  }
  static void expect_refused(const ProcessResult& result, const std::string& text) {
    EXPECT_EQ(result.exit_code, 2) << result.error;
    EXPECT_THAT(result.error, HasSubstr(text));
    EXPECT_THAT(result.error, Not(HasSubstr("Epoch(train)")));
  }

 private:
  int trainings_ = 0;
};

TEST_F(SharedCases, OneValueAChannelIsRefusedBeforeTheFirstStep) {
  if (!fs::is_directory("/usr/share/datasets/fashion-mnist")) GTEST_SKIP() << "no Fashion-MNIST";
  const ProcessResult result = in("one_value", "train config.py");
  expect_refused(result, "backbone.layer4.");
  EXPECT_THAT(result.error, HasSubstr("drop_last=True"));
  EXPECT_THAT(result.error, HasSubstr("(4, 64, 1, 1), one value for each channel"));
}

TEST_F(SharedCases, FoldersAreMatchedByTheirNames) { expect_full_accuracy(in("folders", "train config.py")); }

TEST_F(SharedCases, TablesAreMatchedByTheirNames) {
  expect_full_accuracy(in("tables", "train config.py val_dataloader.dataset.ann_file=val_two.csv"));
}

TEST_F(SharedCases, TablesAreReadAsTheirKeysSay) {
  const std::string latin1 =
      "train config.py train_dataloader.dataset.ann_file=latin1.csv "
      "val_dataloader.dataset.ann_file=latin1.csv";
  expect_refused(in("tables", latin1), "latin1.csv:");
  expect_done(in("tables", latin1 + " train_dataloader.dataset.encoding=latin-1 "
                                    "val_dataloader.dataset.encoding=latin-1"));
  const std::string comma =
      "train config.py train_dataloader.dataset.ann_file=decimal_comma.csv "
      "\"train_dataloader.dataset.delimiter=';'\"";
  expect_refused(in("tables", comma), "it has a decimal comma");
  expect_done(in("tables", comma + " train_dataloader.dataset.decimal=,"));
}

TEST_F(SharedCases, MistakesOfATableAreFoundBeforeTheFirstStep) {
  expect_refused(in("tables", "train config.py 'val_evaluator.topk=(1,5)'"),
                 "cannot compute the top 5: there are 3 classes");
  expect_refused(in("tables", "train config.py default_hooks.checkpoint.save_best=accuracy"), "accuracy/top1");
  expect_refused(in("tables", "train config.py val_dataloader.dataset.indices=0"), "the validation data give no batch");
}

TEST_F(SharedCases, ARunByIterationsCountsIterations) {
  const ProcessResult result = in("tables", "train iterations.py");
  expect_done(result);
  EXPECT_THAT(result.error, HasSubstr("Iter(train) [60/60]"));
  for (const char* name : {"iter_20.pth", "iter_40.pth", "iter_60.pth"})
    EXPECT_TRUE(io::file_exists(folder_ / "tables/work1/" + name)) << name;
}

TEST_F(SharedCases, BrokenWeightsEndWithOneAndAreNeverTheBest) {
  const ProcessResult result =
      in("tables", "train config.py optim_wrapper.optimizer.lr=1e30 default_hooks.checkpoint.save_best=accuracy/top1");
  EXPECT_EQ(result.exit_code, 1) << result.error;
  EXPECT_THAT(result.error, HasSubstr("the last weights are not finite"));
  for (const auto& entry : fs::directory_iterator(folder_.path() / "tables/work1"))
    EXPECT_FALSE(entry.path().filename().string().starts_with("best_")) << entry.path();
}

TEST_F(SharedCases, ASecondRunIsRefused) {
  expect_done(in("tables", "train config.py train_cfg.max_epochs=1"));
  expect_refused(
      millrace("env > /dev/null && cd tables && " + build_path("/bin/millrace") + " train config.py --work-dir work1"),
      "holds a run already");
}

TEST_F(SharedCases, ADamagedImageIsLeftOutAndNamed) {
  const ProcessResult result = in("damaged", "train config.py");
  expect_done(result);
  EXPECT_THAT(result.error, HasSubstr("train_dataloader: 1 of 12 samples is left out"));
}

TEST_F(SharedCases, HiddenFilesAreNotTaken) {
  expect_done(in("hidden", "train config.py train_cfg.max_epochs=1"));
  EXPECT_THAT(in("hidden", "data check config.py").output, HasSubstr("12"));
}

TEST_F(SharedCases, AListMayHaveAByteOrderMark) { expect_done(in("list", "train config.py")); }

TEST_F(SharedCases, AWebPIsTurnedAndAFloatTiffIsNamed) {
  EXPECT_TRUE(read_image(folder_ / "images/exif6.webp").sizes() == read_image(folder_ / "images/exif6.png").sizes());
  EXPECT_THAT([&] { read_image(folder_ / "images/float.tif"); },
              testing::ThrowsMessage<Error>(HasSubstr("float.tif: this is a TIFF of floating-point numbers")));
}

TEST_F(SharedCases, JfifIsTaken) {
  fs::copy(folder_.path() / "passed_by/cat", folder_.path() / "passed_by/dog");
  EXPECT_THAT(millrace("init project --data passed_by").output, HasSubstr("18 images of 2 classes")) << "4 are .jfif";
}

TEST_F(SharedCases, WeightsThatDoNotFitAreCountedAndTheHelpWorks) {
  const std::string ten = "train config.py --load-from ../weights/ten_classes.pth";
  expect_refused(in("tables", ten), "help: load_strict=False");
  expect_done(in("tables", ten + " load_strict=False train_cfg.max_epochs=1"));
  const std::string prefixed = "train config.py --load-from ../weights/prefixed.ckpt";
  expect_refused(in("tables", prefixed), R"(help: --revise-keys '^model\.=')");
  expect_done(in("tables", prefixed + R"( --revise-keys '^model\.=' train_cfg.max_epochs=1)"));
  if (!fs::is_directory("/usr/share/datasets/fashion-mnist")) return;
  const ProcessResult depth = in(
      "one_value", R"(train config.py --dry-run train_dataloader.batch_size=5 )"
                   R"("model.backbone.init_cfg={'type': 'Pretrained', 'checkpoint': '../weights/other_depth.pth'}")");
  EXPECT_THAT(depth.error,
              HasSubstr("Loaded 5 of 120 tensors from ../weights/other_depth.pth: less than half of the model"));
}

}  // namespace
}  // namespace millrace
