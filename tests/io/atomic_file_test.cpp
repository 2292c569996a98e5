#include "millrace/io/atomic_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "millrace/base/error.h"
#include "tests/io/fault_file_system.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using io::FaultFileSystem;
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::StrEq, testing::ThrowsMessage;

void write_twice(FaultFileSystem& files) {
  io::AtomicFile file("run/state", files);
  file.write("new con");
  file.write("tent");
  file.commit();
}

/// Runs `write_twice` with a stop at each of its operations in turn, and calls `check` after each restart.
template <class Check>
void stop_everywhere(bool has_old_file, const Check& check) {
  FaultFileSystem undisturbed;
  write_twice(undisturbed);
  for (const auto after :
       {FaultFileSystem::After::kill, FaultFileSystem::After::power_cut, FaultFileSystem::After::names_before_data}) {
    for (int n = 0; n < undisturbed.operations_done(); ++n) {
      FaultFileSystem files;
      if (has_old_file) files.place("run/state", "old");
      files.stop_after(n);
      EXPECT_THROW(write_twice(files), io::PowerCut);
      files.restart(after);
      SCOPED_TRACE(testing::Message() << "stopped at operation " << n);
      check(files);
    }
  }
}

TEST(AtomicFile, LeavesTheOldOrTheNewContentWhereverItStops) {
  stop_everywhere(true, [](const FaultFileSystem& files) {
    EXPECT_THAT(files.content("run/state"), testing::AnyOf("old", "new content"));
  });
}

TEST(AtomicFile, LeavesNothingOrAllOfANewFileWhereverItStops) {
  stop_everywhere(false, [](const FaultFileSystem& files) {
    if (files.contains("run/state")) {
      EXPECT_EQ(files.content("run/state"), "new content");
    }
  });
}

TEST(AtomicFile, IsDurableOnceCommitted) {
  FaultFileSystem files;
  write_twice(files);
  files.restart(FaultFileSystem::After::power_cut);
  EXPECT_THAT(files.paths(), ElementsAre("run/state"));
  EXPECT_EQ(files.content("run/state"), "new content");
}

TEST(AtomicFile, OverwritesThePartialFileOfAKilledWriter) {
  FaultFileSystem files;
  files.stop_after(2);
  EXPECT_THROW(write_twice(files), io::PowerCut);
  files.restart(FaultFileSystem::After::kill);
  EXPECT_THAT(files.paths(), ElementsAre("run/.state.partial"));
  write_twice(files);
  EXPECT_THAT(files.paths(), ElementsAre("run/state"));
}

TEST(AtomicFile, LeavesThePlaceAloneWithoutACommit) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", "old");
  { io::AtomicFile(folder / "file").write("new"); }
  EXPECT_EQ(io::read_file(folder / "file"), "old");
  EXPECT_EQ(io::list_folder(folder.path()).size(), 1u);
}

TEST(AtomicFile, LeavesThePlaceAloneIfTheCheckFails) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", "old");
  io::AtomicFile file(folder / "file");
  file.write("new");
  EXPECT_THROW(file.commit([](const io::InputFile& written) {
    EXPECT_EQ(written.size_bytes(), 3);
    throw Error("not as it should be");
  }),
               Error);
  EXPECT_EQ(io::read_file(folder / "file"), "old");
}

TEST(AtomicFile, RefusesASecondWriterOfTheSameFile) {
  const ScratchFolder folder;
  io::AtomicFile first(folder / "file");
  EXPECT_THAT([&] { io::AtomicFile(folder / "file"); },
              ThrowsMessage<Error>(HasSubstr("another process is writing this file")));
  first.write("first");
  first.commit();
  EXPECT_EQ(io::read_file(folder / "file"), "first");
  io::write_atomically(folder / "file", "second");
  EXPECT_EQ(io::read_file(folder / "file"), "second");
}

TEST(AtomicFile, TakesAFunctionThatWrites) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", [](io::OutputFile& out) { out.write("text"); });
  EXPECT_EQ(io::read_file(folder / "file"), "text");
}

TEST(AtomicFile, NamesThePathWhenItCannotBeWritten) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { io::write_atomically(folder / "absent/file", "x"); },
              ThrowsMessage<Error>(StrEq((folder / "absent/file") + ": the folder " + (folder / "absent") +
                                         " does not exist\n  help: mkdir -p " + (folder / "absent"))));
  io::write_atomically(folder / "file", "x");
  EXPECT_THAT([&] { io::write_atomically(folder / "file/inside", "x"); },
              ThrowsMessage<Error>(StrEq((folder / "file/inside") + ": " + (folder / "file") + " is not a folder")));
  EXPECT_THAT([&] { io::write_atomically(folder.path().string(), "x"); },
              ThrowsMessage<Error>(HasSubstr("is a folder, not a file")));
  EXPECT_THAT([&] { io::write_atomically(folder / "", "x"); }, ThrowsMessage<Error>(HasSubstr("name of a folder")));
}

TEST(AtomicFile, WritesIntoAPipeAndLeavesItThere) {
  const ScratchFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const int reader = ::open((folder / "pipe").c_str(), O_RDONLY | O_NONBLOCK);
  io::write_atomically(folder / "pipe", "through");
  char text[16];
  EXPECT_EQ(std::string(text, static_cast<size_t>(::read(reader, text, sizeof text))), "through");
  ::close(reader);
  EXPECT_TRUE(std::filesystem::is_fifo(folder / "pipe"));
  EXPECT_EQ(io::list_folder(folder.path()).size(), 1u);
}

TEST(AtomicFile, LeavesALinkToADevice) {
  const ScratchFolder folder;
  std::filesystem::create_symlink("/dev/null", folder / "link");
  io::write_atomically(folder / "link", "away");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
  EXPECT_TRUE(std::filesystem::is_character_file(folder / "link"));
}

TEST(AtomicFile, WritesBehindWhatADescriptorHasOpen) {
  const ScratchFolder folder;
  io::write_atomically(folder / "file", "first, ");
  const int open_file = ::open((folder / "file").c_str(), O_WRONLY);
  std::filesystem::create_symlink("/proc/self/fd/" + std::to_string(open_file), folder / "link");
  io::write_atomically(folder / "link", "second");
  ::close(open_file);
  EXPECT_EQ(io::read_file(folder / "file"), "first, second");
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "link"));
}

TEST(AtomicFile, RemovesForGood) {
  FaultFileSystem files;
  files.place("run/old.pth", "old");
  io::remove_file("run/old.pth", files);
  files.restart(FaultFileSystem::After::power_cut);
  EXPECT_THAT(files.paths(), IsEmpty());
}

}  // namespace
}  // namespace millrace
