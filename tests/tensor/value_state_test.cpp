#include "millrace/tensor/value_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/config.h"

namespace millrace {
namespace {

TEST(StateOf, KeepsKindsAndOrder) {
  const Config config = Config::from_string(
      "from torch.optim import SGD\nb = (1, 2.5)\na = [True, None, 'x']\nc = {3: {4}}\nd = dict(type=SGD)\n",
      Config::Format::python, "c.py");
  const State expected = State::dict({{"b", State::tuple({1, 2.5})},
                                      {"a", State::list({true, State(), "x"})},
                                      {"c", State::dict({{State(3), State::list({4})}})},
                                      {"d", State::dict({{"type", "torch.optim.SGD"}})}});
  EXPECT_TRUE(state_of(config.tree).equals(expected));
}

TEST(StateOf, RefusesAnIntegerBeyond64Bits) {
  Value value = Value::integer(*BigInteger::parse("99999999999999999999"));
  value.set_place(Place("c.py").at(2, 5));
  EXPECT_THAT(
      [&] { state_of(Value::list({value})); },
      testing::ThrowsMessage<Error>("c.py:2:5: the integer must fit into 64 bits here, got 99999999999999999999"));
}

}  // namespace
}  // namespace millrace
