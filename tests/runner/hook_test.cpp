#include "millrace/runner/hook.h"

#include <gtest/gtest.h>

#include "millrace/registry/component.h"

namespace millrace {
namespace {

class CountingHook final : public Hook {
 public:
  void after_train_iter(TrainIter&) override {}
};

TEST(Hook, GivenAsAnInstanceIsCalledAtItsPoints) {
  const Component<Hook> field = std::make_shared<CountingHook>();
  EXPECT_TRUE(field.instance()->points().has(HookPoint::after_train_iter));
  EXPECT_FALSE(field.instance()->points().has(HookPoint::before_train_iter));
  EXPECT_EQ(field.instance()->name(), "CountingHook");
  // Behind the interface the class is not known any more, and what was found out about it stays.
  const Component<Hook> copy = field.instance();
  EXPECT_TRUE(copy.instance()->points().has(HookPoint::after_train_iter));
}

}  // namespace
}  // namespace millrace
