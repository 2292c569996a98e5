#include "millrace/base/text.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(CutUtf8, EndsBetweenTwoCharacters) {
  const std::string text = "a\u00e9\u20ac\U0001f600z";  // of 1, 2, 3, 4 and 1 bytes
  const size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
  for (size_t bytes = 0; bytes < std::size(ends); ++bytes)
    EXPECT_EQ(cut_utf8(text, bytes), text.substr(0, ends[bytes])) << bytes;
}

TEST(CutUtf8, TakesWhatIsNoUtf8ByteByByte) {
  EXPECT_EQ(cut_utf8("\x80\x80\x80\x80\x80\x80", 5), "\x80\x80\x80\x80\x80");
  EXPECT_EQ(cut_utf8("\xff\xff", 1), "\xff");
  EXPECT_EQ(cut_utf8("\xe9t\xe9", 2), "\xe9t");
  EXPECT_EQ(cut_utf8("", 3), "");
}

}  // namespace
}  // namespace millrace
