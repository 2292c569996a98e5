#include "millrace/io/kept_file.h"

#include <gtest/gtest.h>

#include "millrace/io/file.h"
#include "tests/support/scratch_folder.h"

namespace millrace::io {
namespace {

TEST(KeptFile, GivesBackWhatTheFileHeld) {
  const ScratchFolder folder;
  const std::string path = folder.write("a.txt", "old");
  const KeptFile kept(path);
  folder.write("a.txt", "new");
  kept.put_back();
  EXPECT_EQ(read_file(path), "old");
}

TEST(KeptFile, RemovesAFileThatWasNotThere) {
  const ScratchFolder folder;
  const KeptFile kept(folder / "b.txt");
  folder.write("b.txt", "new");
  kept.put_back();
  EXPECT_FALSE(file_exists(folder / "b.txt"));
  kept.put_back();
}

}  // namespace
}  // namespace millrace::io
