#include "millrace/runner/batch_size_search.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "millrace/base/byte_count.h"
#include "millrace/runner/peak_memory.h"

namespace millrace {
namespace {

TEST(BatchSizeSearch, FindsTheLargestPowerOfTwoWithinTheLimit) {
  const auto peak = [](int64_t size) { return 1000 + 10 * size; };
  EXPECT_EQ(find_batch_size(peak, 1000 + 10 * 64, 1 << 16).batch_size,
            32);  // 64 would leave nothing for what is not linear
  EXPECT_EQ(find_batch_size(peak, 1000 + 11 * 64, 1 << 16).batch_size, 64);
  EXPECT_EQ(find_batch_size(peak, 1000 + 10 * 100, 1 << 16).batch_size, 64);
  EXPECT_EQ(find_batch_size(peak, 1 << 30, 128).batch_size, 128);
  EXPECT_EQ(find_batch_size(peak, 1005, 1 << 16).batch_size, 0);
}

TEST(BatchSizeSearch, NeverTriesWhatItPredictsToBeTooLarge) {
  int64_t most = 0;
  const auto peak = [&](int64_t size) {
    most = std::max(most, 1000 + 10 * size);
    return 1000 + 10 * size;
  };
  for (int64_t limit = 1030; limit < 20000; limit += 7) {
    most = 0;
    find_batch_size(peak, limit, 1 << 16);
    EXPECT_LE(most, limit);
  }
}

TEST(ByteCount, ReadsWhatPeopleWrite) {
  EXPECT_EQ(bytes_of("4G"), int64_t{4} << 30);
  EXPECT_EQ(bytes_of("512M"), int64_t{512} << 20);
  EXPECT_EQ(bytes_of("1.5 GiB"), int64_t{3} << 29);
  EXPECT_EQ(bytes_of("4096kb"), int64_t{4} << 20);
  EXPECT_EQ(bytes_of("1000000"), 1000000);
  for (const char* wrong : {"", "G", "4X", "4GG", "-1G", "0"}) EXPECT_ANY_THROW(bytes_of(wrong)) << wrong;
  EXPECT_EQ(bytes_text(int64_t{3} << 29), "1.5 GiB");
  EXPECT_EQ(bytes_text(int64_t{5} << 20), "5 MiB");
}

TEST(PeakMemory, SeesWhatWasTakenAndGivenBack) {
  PeakMemory::reset();
  const int64_t before = PeakMemory::bytes();
  ASSERT_GT(before, 0);
  {
    const std::vector<char> much(size_t{64} << 20, 1);
    ASSERT_EQ(much[much.size() - 1], 1);
  }
  EXPECT_GE(PeakMemory::bytes() - before, int64_t{60} << 20);
  EXPECT_GT(PeakMemory::available(), 0);
}

}  // namespace
}  // namespace millrace
