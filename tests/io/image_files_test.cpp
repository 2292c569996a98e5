#include "millrace/io/image_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/scratch_folder.h"

namespace millrace::io {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
namespace fs = std::filesystem;

class ImageFiles : public testing::Test {
 protected:
  ImageFiles() {
    for (const char* path : {"b/2.JPG", "b/deep/1.png", "b/notes.txt", "b/.hidden/3.jpg", "a.webp", "empty/notes.txt",
                             "[1].jpg", "c[1]/4.png"})
      folder_.write(path, "x");
  }
  std::string at(const std::string& name) const { return folder_ / name; }
  ScratchFolder folder_;
};

TEST_F(ImageFiles, AreThoseOfAFolderAtAnyDepth) {
  EXPECT_THAT(named_images({at("b")}).paths, ElementsAre(at("b/2.JPG"), at("b/deep/1.png")));
  EXPECT_THAT(images_below(at("b"), "class"), ElementsAre("class/2.JPG", "class/deep/1.png"));
}

TEST_F(ImageFiles, AreThoseThatFitAPattern) {
  EXPECT_THAT(named_images({at("b/*.JPG"), at("?")}).paths,
              ElementsAre(at("b/2.JPG"), at("b/2.JPG"), at("b/deep/1.png")));
  EXPECT_THAT(named_images({at("c[1]")}).paths, ElementsAre(at("c[1]/4.png")));
  EXPECT_THAT(named_images({at("[1].jpg")}).paths, ElementsAre(at("[1].jpg")))
      << "a file of that name goes before a pattern";
}

TEST_F(ImageFiles, MayBeNamedThoughTheyAreAbsentOrCalledOtherwise) {
  EXPECT_THAT(named_images({at("b/notes.txt"), at("absent.jpg")}).paths,
              ElementsAre(at("b/notes.txt"), at("absent.jpg")));
}

TEST_F(ImageFiles, AreMissedWhereAFolderOrAPatternGivesNone) {
  const NamedImages images = named_images({at("empty"), at("a.webp"), at("*.tiff")});
  EXPECT_THAT(images.paths, ElementsAre(at("a.webp"))) << "the others go on";
  EXPECT_THAT(
      images.missed,
      ElementsAre(AllOf(Field(&NamedImages::Missed::word, at("empty")),
                        Field(&NamedImages::Missed::error, at("empty") + ": there are no images in the folder")),
                  Field(&NamedImages::Missed::error, at("*.tiff") + ": no file fits the pattern")));
}

}  // namespace
}  // namespace millrace::io
