#include "millrace/io/folder_lock.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <optional>

#include "millrace/base/error.h"
#include "tests/support/scratch_folder.h"

namespace millrace::io {
namespace {

using testing::IsEmpty;
using testing::StartsWith;
using testing::ThrowsMessage;

TEST(FolderLock, KeepsASecondOneOutAndNamesTheProcess) {
  const ScratchFolder folder;
  const std::string work = folder / "new/work";
  std::optional<FolderLock> lock(std::in_place, work);
  EXPECT_THAT(lock->notice(), IsEmpty());
  EXPECT_THAT([&] { FolderLock second(work); },
              ThrowsMessage<Error>(StartsWith(work + ": another training runs in this folder: process " +
                                              std::to_string(getpid()) + " on ")));
  const FolderLock elsewhere(folder / "other");
  lock.reset();
  EXPECT_TRUE(std::filesystem::is_empty(work)) << "it leaves nothing behind";
  const FolderLock second(work);
}

TEST(FolderLock, IsGivenUpByAProcessThatIsKilled) {
  const ScratchFolder folder;
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const FolderLock lock(folder / "work");
    [[maybe_unused]] const ssize_t told = write(ready[1], "x", 1);
    pause();
  }
  char letter = 0;
  ASSERT_EQ(read(ready[0], &letter, 1), 1);
  EXPECT_THAT([&] { FolderLock second(folder / "work"); },
              ThrowsMessage<Error>(testing::HasSubstr("process " + std::to_string(child))));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  const FolderLock second(folder / "work");
  close(ready[0]), close(ready[1]);
}

TEST(FolderLock, SaysWhereTheFileSystemHasNoLocks) {
  const ScratchFolder folder;
  const FolderLock lock(folder / "work", [](int, int) {
    errno = ENOLCK;
    return -1;
  });
  EXPECT_EQ(lock.notice(), folder /
                               "work/.lock: the file system has no locks (No locks available), so nothing keeps a "
                               "second training out of this folder");
}

TEST(FolderLock, RefusesAFolderThatItCannotWriteTo) {
  const ScratchFolder folder;
  std::filesystem::create_directories(folder.path() / "work/.lock");
  EXPECT_THAT([&] { FolderLock lock(folder / "work"); },
              ThrowsMessage<Error>(folder / "work/.lock: cannot make the lock of the folder: Is a directory"));
}

}  // namespace
}  // namespace millrace::io
