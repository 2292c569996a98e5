#include "millrace/log/progress_bar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdio>

#include "millrace/log/duration.h"
#include "millrace/log/terminal.h"

namespace millrace {
namespace {
using testing::HasSubstr, testing::Not, testing::SizeIs, testing::StartsWith;

ProgressBar::Frame half_way() {
  return {.label = "Epoch(train) [3/10]",
          .done = 234,
          .total = 469,
          .loss = 0.3421,
          .per_second = 1234.4,
          .unit = "img",
          .eta_s = 72.9};
}

class ProgressBarTest : public testing::Test {
 protected:
  explicit ProgressBarTest(bool is_interactive = true)
      : stream_(::open_memstream(&bytes_, &size_)),
        terminal_(std::make_shared<Terminal>(
            stream_, Terminal::Facts{.is_terminal = is_interactive, .is_interactive = is_interactive, .width = 60})) {}
  ~ProgressBarTest() override {
    terminal_.reset();
    std::fclose(stream_);
    std::free(bytes_);
  }
  std::string written() {
    std::fflush(stream_);
    return {bytes_, size_};
  }
  static ProgressBar::Time at(int milliseconds) { return ProgressBar::Time(std::chrono::milliseconds(milliseconds)); }

  char* bytes_ = nullptr;
  size_t size_ = 0;
  std::FILE* stream_;
  std::shared_ptr<Terminal> terminal_;
};
class PipedProgressBarTest : public ProgressBarTest {
 protected:
  PipedProgressBarTest() : ProgressBarTest(/*is_interactive=*/false) {}
};

TEST_F(ProgressBarTest, FillsTheLineWithABar) {
  EXPECT_EQ(ProgressBar::text(half_way(), 100),
            "Epoch(train) [3/10]  [==========>           ]   49%  234/469  loss: 0.3421  1234 img/s  eta: 0:01:12");
}

TEST_F(ProgressBarTest, NeverExceedsTheWidth) {
  for (int width = 1; width < 120; ++width)
    EXPECT_LE(ProgressBar::text(half_way(), width).size(), static_cast<size_t>(width));
  EXPECT_THAT(ProgressBar::text(half_way(), 79), Not(HasSubstr(">")));
}

TEST_F(ProgressBarTest, ShowsWhatIsKnown) {
  EXPECT_EQ(ProgressBar::text({.label = "stream", .done = 12}, 80), "stream  12");
  EXPECT_EQ(ProgressBar::text({.label = "val", .done = 5, .total = 5}, 30), "val  [============]  100%  5/5");
  EXPECT_EQ(ProgressBar::text({.label = "x", .done = 1, .per_second = 1.5}, 80), "x  1  1.50 it/s");
}

TEST_F(ProgressBarTest, IsDueTenTimesASecond) {
  ProgressBar bar(terminal_);
  EXPECT_TRUE(bar.due(at(0)));
  EXPECT_FALSE(bar.due(at(99)));
  EXPECT_TRUE(bar.due(at(100)));
  EXPECT_FALSE(bar.due(at(150)));
  EXPECT_TRUE(bar.due(at(5000)));
}

TEST_F(ProgressBarTest, LeavesNothingBehind) {
  {
    ProgressBar bar(terminal_);
    bar.draw(half_way());
  }
  EXPECT_THAT(written(), StartsWith("\r\x1b[KEpoch(train) [3/10]"));
  EXPECT_TRUE(written().ends_with("\r\x1b[K"));
}

TEST_F(PipedProgressBarTest, ShowsNothing) {
  {
    ProgressBar bar(terminal_);
    EXPECT_FALSE(bar.due());
    EXPECT_FALSE(bar.due(at(0)));
    bar.draw(half_way());
  }
  EXPECT_EQ(written(), "");
}

TEST(Duration, ReadsAsPythonWritesIt) {
  EXPECT_EQ(duration_text(0), "0:00:00");
  EXPECT_EQ(duration_text(11141), "3:05:41");
  EXPECT_EQ(duration_text(93784), "1 day, 2:03:04");
  EXPECT_EQ(duration_text(12 * 86400), "12 days, 0:00:00");
  EXPECT_EQ(duration_text(-1), "-1 day, 23:59:59");
}

}  // namespace
}  // namespace millrace
