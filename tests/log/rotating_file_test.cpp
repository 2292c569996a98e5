#include "millrace/log/rotating_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

#include "millrace/base/error.h"
#include "millrace/log/logger.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::set<std::string> names_in(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

TEST(RotatingFile,
     KeepsTheNewestFilesBySize) {  // names and contents of Python's RotatingFileHandler(…, 10, backupCount=2)
  const ScratchFolder folder;
  const auto path = folder.path() / "x.log";
  {
    RotatingFile file(path, RotateBySize{.max_bytes = 10, .backup_count = 2});
    for (const char* line : {"aaa\n", "bbb\n", "ccc\n", "ddd\n", "eee\n", "fff\n", "ggg\n"}) file.write(line, {});
  }
  EXPECT_EQ(names_in(folder.path()), (std::set<std::string>{"x.log", "x.log.1", "x.log.2"}));
  EXPECT_EQ(content(path), "ggg\n");
  EXPECT_EQ(content(path.string() + ".1"), "eee\nfff\n");
  EXPECT_EQ(content(path.string() + ".2"), "ccc\nddd\n");
  RotatingFile again(path, RotateBySize{.max_bytes = 10, .backup_count = 2});
  again.write("hhh\n", {});  // appended
  again.flush();
  EXPECT_EQ(content(path), "ggg\nhhh\n");
}

TEST(RotatingFile, KeepsFilesByTheTimeAtWhichTheyBegan) {
  const ScratchFolder folder;
  const auto path = folder.path() / "x.log";
  const RotatingFile::Time begin{std::chrono::seconds(1'700'000'000)};
  {
    RotatingFile file(path, RotateByTime{.interval = std::chrono::seconds(60), .backup_count = 2});
    for (int i = 0; i < 9; ++i) file.write(std::to_string(i) + "\n", begin + i * std::chrono::seconds(30));
  }
  EXPECT_EQ(content(path), "8\n");
  EXPECT_EQ(names_in(folder.path()).size(), 3);
  std::string kept;
  for (const std::string& name : names_in(folder.path()))
    if (name != "x.log") kept += content(folder.path() / name);
  EXPECT_EQ(kept, "4\n5\n6\n7\n");
}

TEST(RotatingFile, RefusesWhatNeverEnds) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { RotatingFile(folder.path() / "x", RotateBySize{.max_bytes = 0}); },
              ThrowsMessage<Error>(HasSubstr("max_bytes of a log's rotation must be at least 1, got 0")));
  EXPECT_THAT([&] { RotatingFile(folder.path() / "x", RotateByTime{}); },
              ThrowsMessage<Error>(HasSubstr("the interval of a log's rotation must be at least 1, got 0")));
  EXPECT_THAT([&] { RotatingFile(folder.path() / "no" / "x", RotateBySize{.max_bytes = 9}); },
              ThrowsMessage<Error>(EndsWith("the log file cannot be opened")));
}

TEST(RotatingFile, TakesTheLinesOfALogger) {
  const ScratchFolder folder;
  const auto path = folder.path() / "logs" / "x.log";
  Logger logger("test");
  logger.to_file(path, LogLevel::info, RotateBySize{.max_bytes = 60, .backup_count = 5});
  logger.info("one"), logger.info("two");  // 38 bytes each
  EXPECT_THAT(content(path), EndsWith(" - test - INFO - two\n"));
  EXPECT_THAT(content(path.string() + ".1"), EndsWith(" - test - INFO - one\n"));
}

}  // namespace
}  // namespace millrace
