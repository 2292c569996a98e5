#include "millrace/log/logger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/terminal.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::MatchesRegex, testing::ThrowsMessage;

class LoggerTest : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "run" / "train.log"; }
  std::string file_text() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void record() {
    logger_.to_callback([this](LogLevel level, std::string_view message) {
      seen_.push_back(std::string(level_name(level)) + " " + std::string(message));
    });
  }

  ScratchFolder folder_;
  Logger logger_;
  std::vector<std::string> seen_;
};

/// What a terminal is told, as text.
class Screen {
 public:
  explicit Screen(Terminal::Facts facts)
      : stream_(::open_memstream(&bytes_, &size_)), terminal_(std::make_shared<Terminal>(stream_, facts)) {}
  ~Screen() {
    terminal_.reset();
    std::fclose(stream_);
    std::free(bytes_);
  }
  const std::shared_ptr<Terminal>& terminal() const { return terminal_; }
  std::string text() const {
    std::fflush(stream_);
    return {bytes_, size_};
  }

 private:
  char* bytes_ = nullptr;
  size_t size_ = 0;
  std::FILE* stream_;
  std::shared_ptr<Terminal> terminal_;
};

TEST_F(LoggerTest, IsSilentUntilToldWhereToWrite) {
  EXPECT_FALSE(logger_.is_enabled(LogLevel::critical));
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  logger_.error("lost");
  EXPECT_EQ(testing::internal::GetCapturedStderr() + testing::internal::GetCapturedStdout(), "");
}

TEST_F(LoggerTest, WritesTheFileWithTheWholeDate) {
  logger_.to_file(path());
  logger_.info("resumed epoch: 3");
  EXPECT_THAT(file_text(), MatchesRegex("[0-9]{4}/[0-9]{2}/[0-9]{2} [0-9:]{8} - millrace - INFO - resumed epoch: 3\n"));
}

TEST_F(LoggerTest, AppendsToAFile) {
  for (const char* name : {"first", "second"}) {
    Logger logger(name);
    logger.to_file(path());
    logger.info("run");
  }
  EXPECT_THAT(file_text(), HasSubstr("first - INFO - run\n"));
  EXPECT_THAT(file_text(), HasSubstr("second - INFO - run\n"));
}

TEST_F(LoggerTest, LosesNothingWhenTheProcessIsKilled) {
  const pid_t child = ::fork();
  if (child == 0) {
    Logger logger;
    logger.to_file(path());
    for (int i = 0; i < 100; ++i) logger.info("line " + std::to_string(i));
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(file_text(), HasSubstr("line 99\n"));
}

TEST_F(LoggerTest, MakesALateRecordBeforeTheNextOneOrAtAFlush) {
  record();
  int made = 0;
  const auto late = [&](const char* text) { return [&made, text] { return ++made, std::string(text); }; };
  logger_.log_soon(LogLevel::info, late("1"));
  logger_.log_soon(LogLevel::warning, late("2"));
  logger_.log_soon(LogLevel::debug, late("nobody sees it"));
  EXPECT_EQ(made, 0);
  logger_.info("3");
  EXPECT_THAT(seen_, ElementsAre("INFO 1", "WARNING 2", "INFO 3"));
  logger_.log_soon(LogLevel::info, late("4"));
  logger_.flush();
  logger_.log_soon(LogLevel::info, late("5"));
  logger_.close();
  EXPECT_THAT(seen_, ElementsAre("INFO 1", "WARNING 2", "INFO 3", "INFO 4", "INFO 5"));
  EXPECT_EQ(made, 4);
}

TEST_F(LoggerTest, RefusesAFileThatCannotBeOpened) {
  EXPECT_THAT([&] { logger_.to_file(folder_.path()); },
              ThrowsMessage<Error>(HasSubstr("the log file cannot be opened")));
}

TEST_F(LoggerTest, TellsTheOthersOnceThatADiskIsFull) {
  logger_.to_file("/dev/full");
  record();
  for (const char* message : {"a", "b", "c"}) logger_.info(message);
  EXPECT_THAT(seen_, ElementsAre(AllOf(HasSubstr("WARNING the log file /dev/full cannot be written"),
                                       HasSubstr("No space left")),
                                 "INFO a", "INFO b", "INFO c"));
}

TEST_F(LoggerTest, WritesFromItsLevelOn) {
  logger_.to_file(path(), LogLevel::error);
  record();
  logger_.debug("detail");
  logger_.info("step");
  logger_.error("failed");
  EXPECT_THAT(seen_, ElementsAre("INFO step", "ERROR failed"));
  EXPECT_THAT(file_text(), MatchesRegex(".* - ERROR - failed\n"));
  EXPECT_FALSE(logger_.is_enabled(LogLevel::debug));
  EXPECT_TRUE(logger_.is_enabled(LogLevel::info));
}

TEST_F(LoggerTest, WritesTheSameWarningOnce) {
  record();
  for (const char* message : {"full", "full", "hot", "full"}) logger_.warning(message);
  logger_.info("full");
  logger_.info("full");
  EXPECT_THAT(seen_, ElementsAre("WARNING full", "WARNING hot", "INFO full", "INFO full"));
}

TEST_F(LoggerTest, ForgetsItsSinksWhenClosed) {
  record();
  logger_.close();
  logger_.info("late");
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(LoggerTest, KeepsLinesOfThreadsApart) {
  logger_.to_file(path());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([this] {
      for (int n = 0; n < 100; ++n) logger_.info("abc");
    });
  for (std::thread& thread : threads) thread.join();
  const std::vector<std::string> lines = split(file_text(), '\n');
  EXPECT_EQ(lines.size(), 401U);
  for (size_t i = 0; i < 400; ++i) EXPECT_TRUE(lines[i].ends_with("INFO - abc")) << lines[i];
}

TEST_F(LoggerTest, WritesPlainLinesWhereNobodyWatches) {
  const Screen screen({});
  logger_.to_terminal(screen.terminal());
  logger_.warning("careful");
  EXPECT_THAT(screen.text(), MatchesRegex("[0-9]{2}/[0-9]{2} [0-9:]{8} - millrace - WARNING - careful\n"));
}

TEST_F(LoggerTest, ColoursTheLevelOnATerminal) {
  const Screen screen({.is_terminal = true, .is_interactive = true, .width = 80});
  logger_.to_terminal(screen.terminal());
  logger_.info("fine");
  logger_.error("bad");
  EXPECT_THAT(screen.text(), HasSubstr(" - INFO - fine\n"));
  EXPECT_THAT(screen.text(), HasSubstr(" - \x1b[1;31mERROR\x1b[0m - bad\n"));
}

TEST_F(LoggerTest, PushesAStatusLineDown) {
  const Screen screen({.is_terminal = true, .is_interactive = true, .width = 80});
  logger_.to_terminal(screen.terminal());
  screen.terminal()->set_status("50%");
  logger_.info("saved");
  screen.terminal()->clear_status();
  EXPECT_THAT(screen.text(), MatchesRegex("\r\x1b\\[K50%\r\x1b\\[K[^\r]* - INFO - saved\n50%\r\x1b\\[K"));
}

TEST(LogLevels, AreReadInAnyCase) {
  EXPECT_EQ(log_level("INFO"), LogLevel::info);
  EXPECT_EQ(log_level("Warn"), LogLevel::warning);
  EXPECT_EQ(log_level("critical"), LogLevel::critical);
  EXPECT_THAT([] { log_level("INF"); }, ThrowsMessage<Error>("no log level 'INF'; did you mean 'INFO'?\n"
                                                             "  levels: DEBUG, INFO, WARNING, ERROR, CRITICAL"));
}

}  // namespace
}  // namespace millrace
