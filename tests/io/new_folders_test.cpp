#include "millrace/io/new_folders.h"

#include <gtest/gtest.h>

#include "millrace/io/file.h"
#include "tests/support/scratch_folder.h"

namespace millrace::io {
namespace {

class NewFoldersTest : public testing::Test {
 protected:
  bool exists(const std::string& name) const { return std::filesystem::exists(folder_.path() / name); }
  ScratchFolder folder_;
};

TEST_F(NewFoldersTest, GoWhereTheyAreEmpty) {
  {
    const NewFolders made(folder_ / "a/b/c/");
    make_folders(folder_ / "a/b/c");
    EXPECT_TRUE(exists("a/b/c"));
  }
  EXPECT_FALSE(exists("a"));
  { const NewFolders never(folder_ / "x/y"); }
  EXPECT_FALSE(exists("x"));
}

TEST_F(NewFoldersTest, StayWhereTheyHoldSomething) {
  {
    const NewFolders made(folder_ / "a/b/c");
    make_folders(folder_ / "a/b/c");
    folder_.write("a/file");
  }
  EXPECT_TRUE(exists("a/file"));
  EXPECT_FALSE(exists("a/b"));
}

TEST_F(NewFoldersTest, WereThereBeforeAndStay) {
  make_folders(folder_ / "old");
  { const NewFolders made(folder_ / "old"); }
  { const NewFolders made(folder_ / "old/new"); }
  EXPECT_TRUE(exists("old"));
}

}  // namespace
}  // namespace millrace::io
