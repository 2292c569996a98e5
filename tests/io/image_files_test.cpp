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
    for (const char* path : {"b/2.JPG", "b/deep/1.png", "b/notes.txt", "b/.hidden/3.jpg", "b/._2.jpg",
                             "b/__MACOSX/2.jpg", "a.webp", "empty/notes.txt", "[1].jpg", "c[1]/4.png"})
      folder_.write(path, "x");
  }
  std::string at(const std::string& name) const { return folder_ / name; }
  ScratchFolder folder_;
};

TEST_F(ImageFiles, AreThoseOfAFolderAtAnyDepth) {
  EXPECT_THAT(named_images({at("b")}).paths, ElementsAre(at("b/2.JPG"), at("b/deep/1.png")));
  const FoundImages found = images_below(at("b"), "class");
  EXPECT_THAT(found.paths, ElementsAre("class/2.JPG", "class/deep/1.png"));
  EXPECT_EQ(found.skipped.text(), "1 file skipped: 1 .txt");
  const std::vector<std::string> own = {".TXT"};
  EXPECT_THAT(images_below(at("b"), "", own).paths, ElementsAre("notes.txt"));
  EXPECT_EQ(named_images({at("b"), at("c[1]")}).skipped.text(), "1 file skipped: 1 .txt");
}

TEST_F(ImageFiles, AreNotLookedForInARingOfFolders) {
  fs::create_directory_symlink(at("b"), at("b/deep/again"));
  EXPECT_THAT([&] { images_below(at("b"), ""); },
              testing::ThrowsMessage<Error>(at("b/deep/again") + ": this link leads back to " +
                                            fs::canonical(at("b")).string() + ", in which it lies\n  remove the link"));
  fs::remove(at("b/deep/again"));
  fs::create_directory_symlink(at("c[1]"), at("b/linked"));
  EXPECT_THAT(images_below(at("b"), "").paths, ElementsAre("2.JPG", "deep/1.png", "linked/4.png"));
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
  EXPECT_THAT(images.missed,
              ElementsAre(AllOf(Field(&NamedImages::Missed::word, at("empty")),
                                Field(&NamedImages::Missed::error,
                                      at("empty") + ": there are no images in the folder; 1 file skipped: 1 .txt")),
                          Field(&NamedImages::Missed::error, at("*.tiff") + ": no file fits the pattern")));
}

TEST(SkippedFiles, AreCountedByTheirEndings) {
  SkippedFiles skipped, more;
  EXPECT_EQ(skipped.text(), "");
  for (const char* name : {"a.heic", "b.HEIC", "c.txt", "README"}) skipped.add(name);
  more.add("d.tar.gz");
  skipped.add(more);
  EXPECT_EQ(skipped.text(), "5 files skipped: 2 .heic, 1 without an ending, 1 .gz, 1 .txt");
  for (char c = 'a'; c <= 'z'; ++c) skipped.add(std::string("x.") + c);
  EXPECT_THAT(skipped.text(), testing::EndsWith("1 .d, 1 .e, 1 .f, 22 others"));
}

}  // namespace
}  // namespace millrace::io
