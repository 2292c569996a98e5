#include "millrace/project/image_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "millrace/base/error.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace fs = std::filesystem;

class SurveyedFolder : public testing::Test {
 protected:
  void add(const std::string& path, const std::string& content = "\xff\xd8\xff\xe0 a picture") {
    photos_.write(path, content);
  }
  void add_images(const std::string& folder, int count) {
    for (int i = 0; i < count; ++i) add(folder + "/" + std::to_string(i) + ".jpg");
  }
  ImageFolder survey(const std::string& folder = "") { return survey_images((photos_.path() / folder).string()); }
  /// With the folder's path as PHOTOS.
  std::string refusal() {
    try {
      survey_images(photos_.path().string());
    } catch (const Error& error) {
      return photos_.shown(error.what(), "PHOTOS");
    }
    return "nothing was refused";
  }

 private:
  ScratchFolder photos_;
};

std::vector<std::string> paths_of(const std::vector<LabelledPath>& images) {
  std::vector<std::string> paths;
  for (const LabelledPath& image : images) paths.push_back(image.path);
  return paths;
}

TEST_F(SurveyedFolder, IsSplitByFoldersInCapitals) {
  for (const char* folder : {"Train/hat", "Train/shoe", "VALIDATION/hat", "VALIDATION/shoe"}) add_images(folder, 1);
  const ImageFolder images = survey();
  EXPECT_THAT(images.classes, ElementsAre("hat", "shoe"));
  EXPECT_THAT(paths_of(images.train), ElementsAre("Train/hat/0.jpg", "Train/shoe/0.jpg"));
  EXPECT_THAT(paths_of(images.val), ElementsAre("VALIDATION/hat/0.jpg", "VALIDATION/shoe/0.jpg"));
  EXPECT_THAT(images.remarks, IsEmpty());
}

TEST_F(SurveyedFolder, WithTrainAloneIsSplitInThere) {
  add_images("train/hat", 5);
  add_images("train/shoe", 5);
  add_images("__MACOSX/train", 5);
  add_images(".cache/hat", 5);
  const ImageFolder images = survey();
  EXPECT_THAT(images.classes, ElementsAre("hat", "shoe"));
  EXPECT_EQ(images.train.size(), 8u);
  EXPECT_THAT(paths_of(images.val), ElementsAre("train/hat/4.jpg", "train/shoe/4.jpg"));
  EXPECT_THAT(images.remarks, ElementsAre("there is no folder val: a fifth of train is for validation"));
}

TEST_F(SurveyedFolder, IsValidatedOnTestWhereThereIsNoVal) {
  for (const char* folder : {"train/hat", "train/shoe", "test/hat", "test/shoe", "labels"}) add_images(folder, 1);
  const ImageFolder images = survey();
  EXPECT_THAT(paths_of(images.val), ElementsAre("test/hat/0.jpg", "test/shoe/0.jpg"));
  EXPECT_THAT(images.remarks, ElementsAre("there is no folder val: test is for validation", "not used: labels"));
}

TEST_F(SurveyedFolder, LeavesTestAloneWhereThereIsVal) {
  for (const char* folder : {"train/hat", "train/shoe", "val/hat", "val/shoe", "test/hat"}) add_images(folder, 1);
  EXPECT_THAT(survey().remarks, ElementsAre("not used: test"));
}

TEST_F(SurveyedFolder, MayHaveAClassThatIsCalledTrain) {
  for (const char* folder : {"bus", "train"}) add_images(folder, 5);
  EXPECT_THAT(survey().classes, ElementsAre("bus", "train"));
}

TEST_F(SurveyedFolder, IsRefusedWithoutTrain) {
  for (const char* folder : {"test/hat", "test/shoe", "val/hat", "val/shoe"}) add_images(folder, 1);
  EXPECT_EQ(refusal(),
            "PHOTOS: there is no folder train beside test and val\n"
            "  one folder for each class, named as the class, with its images: shop/hat/1.jpg");
}

TEST_F(SurveyedFolder, IsRefusedWhereTrainAndValDifferInTheirClasses) {
  for (const char* folder : {"train/green", "train/red", "val/Green", "val/red"}) add_images(folder, 1);
  EXPECT_EQ(refusal(),
            "PHOTOS/val: train has no class Green; did you mean 'green'?\n"
            "  train and val need the same folders, one for each class\n"
            "PHOTOS/val: there is no folder for the class green\n"
            "  help: --data PHOTOS/train keeps a fifth of that for validation");
}

TEST_F(SurveyedFolder, IsRefusedWhereTestHasNoClasses) {
  for (const char* folder : {"train/green", "train/red", "test"}) add_images(folder, 1);
  EXPECT_THAT(refusal(), HasSubstr("PHOTOS/test: there is no folder for the classes green, red\n"));
}

TEST_F(SurveyedFolder, IsRefusedWithAllClassesThatHaveTooFewImages) {
  add_images("hat", 5);
  add_images("shoe", 1);
  add("coat/1.heic");
  EXPECT_EQ(refusal(),
            "PHOTOS: a class needs at least 5 images, to train and to validate\n"
            "  coat: none\n"
            "  shoe: 1 image\n"
            "  1 file skipped: 1 .heic\n"
            "  images end in .jpg, .jpeg, .jfif, .png, .webp, .bmp, .tif, .tiff\n"
            "  add images to these folders, or take the classes out");
}

TEST_F(SurveyedFolder, IsRefusedWhereAClassOfValIsEmpty) {
  for (const char* folder : {"train/hat", "train/shoe", "val/hat"}) add_images(folder, 1);
  add("val/shoe/readme.txt");
  EXPECT_THAT(refusal(), HasSubstr("PHOTOS: a class needs images in train and in val\n  val/shoe: none\n"));
}

TEST_F(SurveyedFolder, IsRefusedWithTheFolderThatWasMeant) {
  for (const char* folder : {"photos/hat", "photos/shoe"}) add_images(folder, 5);
  EXPECT_EQ(refusal(),
            "PHOTOS: there is one class in it, photos, and a classifier needs two\n"
            "  help: --data PHOTOS/photos if the classes are in there");
  EXPECT_THAT(survey("photos").classes, ElementsAre("hat", "shoe"));
}

TEST_F(SurveyedFolder, HasARemarkOnFilesThatAreSkipped) {
  add_images("hat", 4);
  add_images("shoe", 5);
  add("hat/w.JFIF");
  for (const char* name : {"hat/a.heic", "hat/b.HEIC", "shoe/deep/c.heic", "shoe/readme.txt", "notes"}) add(name);
  for (const char* name : {"hat/._0.jpg", "hat/.DS_Store", "shoe/.ipynb_checkpoints/0-checkpoint.jpg"}) add(name);
  const ImageFolder images = survey();
  EXPECT_EQ(images.train.size() + images.val.size(), 10u);
  EXPECT_THAT(images.remarks, ElementsAre("5 files skipped: 3 .heic, 1 without an ending, 1 .txt"));
}

TEST_F(SurveyedFolder, TakesEveryFormatWhateverTheNames) {
  add("a/1.jpg", std::string("\x89PNG\r\n\x1a\n...."));
  add("a/2.png", "RIFF\x10\x10\x10\x10WEBPVP8 ...");
  add("a/3.jpg", "BM....");
  add("a/4.jpg", std::string("II*\0....", 8));
  add("a/5.jpg", std::string("MM\0*....", 8));
  add_images("b", 5);
  EXPECT_EQ(survey().train.size(), 8u);
}

TEST_F(SurveyedFolder, IsRefusedWithNamesThatAreNoText) {
  add_images("hat", 5);
  add_images("sch\xFCh", 5);
  EXPECT_EQ(refusal(), "PHOTOS: the name 'sch\\xFCh' in it is not UTF-8\n  rename it");
}

TEST_F(SurveyedFolder, IsRefusedWithAllFilesThatAreNoImages) {
  for (const char* folder : {"hat", "shoe"}) add_images(folder, 10);
  add("hat/3.jpg", "");
  add("shoe/9.jpg", "<html>404</html>");
  EXPECT_EQ(refusal(),
            "PHOTOS: 2 files are not images\n"
            "  hat/3.jpg: it is empty\n"
            "  shoe/9.jpg: it is a web page\n"
            "  delete them, or convert them to JPEG or PNG");
  for (int i = 0; i < 12; ++i) add("shoe/x" + std::to_string(i) + ".png", "GIF89a");
  EXPECT_THAT(refusal(), HasSubstr("PHOTOS: 14 files are not images\n"));
  EXPECT_THAT(refusal(), HasSubstr("\n  and 4 more\n"));
}

}  // namespace
}  // namespace millrace
