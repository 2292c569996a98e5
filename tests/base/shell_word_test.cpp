#include "millrace/base/shell_word.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(ShellWord, QuotesWhatAShellWouldTakeApart) {
  EXPECT_EQ(shell_word("a/b-c_1.py"), "a/b-c_1.py");
  EXPECT_EQ(shell_word("x=[1,2]"), "'x=[1,2]'");
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace millrace
