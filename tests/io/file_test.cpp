#include "millrace/io/file.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "millrace/base/error.h"
#include "millrace/io/atomic_file.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre, testing::EndsWith, testing::HasSubstr, testing::ThrowsMessage;

TEST(File, ReadsAWholeFile) {
  const ScratchFolder folder;
  const std::string content("a\0b\n", 4);
  io::write_atomically(folder / "file", content);
  EXPECT_EQ(io::read_file(folder / "file"), content);
  EXPECT_EQ(io::read_file(folder / "file", 4), content);
}

TEST(File, RefusesAFileAboveTheLimit) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", "12345");
  EXPECT_THAT([&] { io::read_file(folder / "file", 4); },
              ThrowsMessage<Error>(EndsWith("/file: has 5 bytes, 4 at most are read")));
}

TEST(File, NamesWhatIsNoFile) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { io::read_file(folder / "none"); }, ThrowsMessage<Error>(EndsWith("/none: no such file")));
  EXPECT_THAT([&] { io::read_file(folder.path()); }, ThrowsMessage<Error>(HasSubstr("is a folder, not a file")));
  EXPECT_THAT([&] { io::read_file("/dev/null"); }, ThrowsMessage<Error>("/dev/null: is not a regular file"));
  EXPECT_THAT([&] { io::list_folder(folder / "none"); }, ThrowsMessage<Error>(HasSubstr("cannot be listed")));
}

TEST(File, ReadsAtAPositionAndRefusesToReadPastTheEnd) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", "0123456789");
  std::string part(3, ' ');
  for (const auto& file : {io::open_file(folder / "file"), io::open_memory("memory", "0123456789")}) {
    EXPECT_EQ(file->size_bytes(), 10);
    file->read_at(7, part);
    EXPECT_EQ(part, "789");
    EXPECT_THAT([&] { file->read_at(8, part); }, ThrowsMessage<Error>(HasSubstr("truncated: ends before byte 11")));
  }
}

TEST(File, ListsAFolderInOrder) {
  const ScratchFolder folder;
  io::write_atomically(folder / "b", "");
  io::write_atomically(folder / "a.txt", "");
  io::make_folders(folder / "c/d");
  EXPECT_THAT(io::list_folder(folder.path()),
              ElementsAre(io::FolderEntry{"a.txt", false}, io::FolderEntry{"b", false}, io::FolderEntry{"c", true}));
  EXPECT_TRUE(io::file_exists(folder / "b"));
  EXPECT_FALSE(io::file_exists(folder / "c"));
}

TEST(File, SaysWhyAFolderCannotBeMade) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", "");
  EXPECT_THAT([&] { io::make_folders(folder / "file/inside"); }, ThrowsMessage<Error>(HasSubstr("cannot be made")));
}

}  // namespace
}  // namespace millrace
