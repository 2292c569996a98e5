#include "millrace/dist/grad_sync.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(NoGradSync, IsOfOneMind) {
  NoGradSync sync;
  sync.arm({});
  sync.finish();
  EXPECT_TRUE(sync.agree(true));
  EXPECT_FALSE(sync.agree(false));
}

}  // namespace
}  // namespace millrace
