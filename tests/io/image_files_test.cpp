#include "millrace/io/image_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/base/error.h"
#include "tests/support/scratch_folder.h"

namespace millrace::io {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;
namespace fs = std::filesystem;

class ImageFiles : public testing::Test {
 protected:
  ImageFiles() {
    for (const char* path :
         {"b/2.JPG", "b/deep/1.png", "b/notes.txt", "b/.hidden/3.jpg", "a.webp", "empty/notes.txt", "[1].jpg"}) {
      fs::create_directories((folder_.path() / path).parent_path());
      std::ofstream(folder_.path() / path) << "x";
    }
  }
  std::string at(const std::string& name) const { return folder_ / name; }
  ScratchFolder folder_;
};

TEST_F(ImageFiles, AreThoseOfAFolderAtAnyDepth) {
  EXPECT_THAT(named_images({at("b")}), ElementsAre(at("b/2.JPG"), at("b/deep/1.png")));
  EXPECT_THAT(images_below(at("b"), "class"), ElementsAre("class/2.JPG", "class/deep/1.png"));
}

TEST_F(ImageFiles, AreThoseThatFitAPattern) {
  EXPECT_THAT(named_images({at("b/*.JPG"), at("?")}), ElementsAre(at("b/2.JPG"), at("b/2.JPG"), at("b/deep/1.png")));
  EXPECT_THAT(named_images({at("[1].jpg")}), ElementsAre(at("[1].jpg"))) << "a file of that name goes before a pattern";
}

TEST_F(ImageFiles, MayBeNamedThoughTheyAreAbsentOrCalledOtherwise) {
  EXPECT_THAT(named_images({at("b/notes.txt"), at("absent.jpg")}), ElementsAre(at("b/notes.txt"), at("absent.jpg")));
}

TEST_F(ImageFiles, AreMissedWhereAFolderOrAPatternGivesNone) {
  EXPECT_THAT([&] { named_images({at("empty")}); },
              ThrowsMessage<Error>(HasSubstr("there are no images in the folder")));
  EXPECT_THAT([&] { named_images({at("*.tiff")}); }, ThrowsMessage<Error>(HasSubstr("no file fits the pattern")));
}

}  // namespace
}  // namespace millrace::io
