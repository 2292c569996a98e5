#include "millrace/config/value.h"

#include <gmock/gmock.h>

#include <cmath>

namespace millrace {
namespace {

TEST(Value, ComparesAsPython) {
  EXPECT_EQ(Value(1), Value(1.0));
  EXPECT_EQ(Value(true), Value(1));
  EXPECT_FALSE(Value((int64_t{1} << 53) + 1) == Value(std::ldexp(1.0, 53)));
  EXPECT_FALSE(Value::list({1}) == Value::tuple({1}));
  EXPECT_EQ(Value::set({1, 2}), Value::set({2, 1}));
  EXPECT_FALSE(Value("1") == Value(1));
}

TEST(Value, SharesContainersUntilADeepCopy) {
  Value list = Value::list({1});
  Value other = list;
  other.items().push_back(2);
  EXPECT_EQ(list.repr(), "[1, 2]");
  Value copy = list.deep_copy();
  copy.items().push_back(3);
  EXPECT_EQ(list.repr(), "[1, 2]");
  const Value twice = Value::list({list, list}).deep_copy();
  EXPECT_TRUE(twice.items()[0].same_object(twice.items()[1]));
}

TEST(Value, KeepsTheOrderOfKeysWhateverTheirNumber) {
  Value dict = Value::dict();
  for (int i = 0; i < 100; ++i) dict.as_dict().set(std::to_string(i * 7919 % 100), i);
  dict.as_dict().set("3", "new");
  EXPECT_TRUE(dict.as_dict().erase("19"));
  EXPECT_FALSE(dict.as_dict().erase("19"));
  EXPECT_EQ(dict.as_dict().size(), 99u);
  EXPECT_EQ(dict.as_dict().entries()[0].key.as_string(), "0");
  EXPECT_EQ(dict.find("3")->as_string(), "new");
  EXPECT_EQ(dict.find("19"), nullptr);
}

TEST(Value, FindsNumbersThatAreEqualUnderOneKey) {
  Value dict = Value::dict();
  dict.as_dict().set(1, "int");
  dict.as_dict().set(1.0, "float");
  dict.as_dict().set(true, "bool");
  EXPECT_EQ(dict.repr(), "{1: 'bool'}");
}

TEST(Value, CutsItsTextBetweenCharacters) {
  EXPECT_EQ(Value("ääääääääää").repr(12), "'ääää...");
  EXPECT_EQ(Value("it's").repr(), "\"it's\"");
  EXPECT_EQ(Value("\n\x01").repr(), "'\\n\\x01'");
  EXPECT_EQ(Value::tuple({1}).repr(), "(1,)");
}

}  // namespace
}  // namespace millrace
