#include "millrace/config/big_integer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <random>

#include "millrace/base/error.h"
#include "millrace/config/diff.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/config/overrides.h"
#include "millrace/config/yaml.h"
#include "tests/config/config_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;

BigInteger big(const std::string& digits, int base = 10) { return *BigInteger::parse(digits, base); }

/// Integers of 1 to 60 digits, many at the limits of the limbs.
class SomeIntegers {
 public:
  BigInteger next() {
    std::string digits;
    for (size_t left = 1 + random_() % 7; left > 0; --left) {
      const char* edges[] = {"000000000", "999999999", "000000001", "500000000"};
      digits += random_() % 3 == 0 ? edges[random_() % 4] : std::to_string(100'000'000 + random_() % 900'000'000);
    }
    digits = digits.substr(random_() % 9);
    return random_() % 2 == 0 ? big(digits) : -big(digits);
  }
  BigInteger next_but_zero() {
    for (;;)
      if (BigInteger value = next(); !value.is_zero()) return value;
  }

 private:
  std::mt19937 random_{7};
};

TEST(BigInteger, DividesSoThatQuotientAndRemainderGiveTheDividend) {
  SomeIntegers some;
  for (int i = 0; i < 20000; ++i) {
    const BigInteger a = some.next(), b = some.next_but_zero();
    const auto [quotient, remainder] = BigInteger::divide(a, b);
    EXPECT_EQ((quotient * b + remainder).str(), a.str()) << a.str() << " // " << b.str();
    EXPECT_TRUE(remainder.is_zero() || remainder.is_negative() == b.is_negative()) << a.str() << " % " << b.str();
    const BigInteger size = b.is_negative() ? -b : b;
    EXPECT_LT(remainder.is_negative() ? -remainder : remainder, size) << a.str() << " % " << b.str();
  }
}

TEST(BigInteger, HasTheLawsOfArithmetic) {
  SomeIntegers some;
  for (int i = 0; i < 5000; ++i) {
    const BigInteger a = some.next(), b = some.next(), c = some.next();
    EXPECT_EQ((a + b) * c, a * c + b * c);
    EXPECT_EQ(a - b + b, a);
    EXPECT_EQ((a <=> b) < 0, (a - b).is_negative());
    using enum BigInteger::Bitwise;
    EXPECT_EQ(BigInteger::bitwise(bit_xor, a, b) + BigInteger::bitwise(bit_and, a, b) * BigInteger(2), a + b);
    EXPECT_EQ(BigInteger::bitwise(bit_or, a, b) + BigInteger::bitwise(bit_and, a, b), a + b);
  }
}

TEST(BigInteger, ReadsWhatItWritesInEveryBase) {
  SomeIntegers some;
  for (int i = 0; i < 2000; ++i) {
    const BigInteger value = some.next();
    for (int base : {2, 7, 8, 10, 16, 36}) EXPECT_EQ(big(value.str(base), base), value) << value.str() << " " << base;
  }
  EXPECT_EQ(BigInteger::parse("12a"), std::nullopt);
  EXPECT_EQ(BigInteger::parse("-"), std::nullopt);
  EXPECT_EQ(BigInteger::parse("+-1"), std::nullopt);
  EXPECT_EQ(big("-000").str(), "0");
  EXPECT_FALSE(big("-000").is_negative());
}

TEST(BigInteger, KnowsTheLimitsOf64Bits) {
  EXPECT_EQ(big("9223372036854775807").as_int64(), INT64_MAX);
  EXPECT_EQ(big("-9223372036854775808").as_int64(), INT64_MIN);
  EXPECT_EQ(big("9223372036854775808").as_int64(), std::nullopt);
  EXPECT_EQ(big("-9223372036854775809").as_int64(), std::nullopt);
  EXPECT_EQ(BigInteger(INT64_MIN).str(), "-9223372036854775808");
}

TEST(BigInteger, RoundsToTheNearestDouble) {
  EXPECT_EQ(big("9007199254740993").to_double(), 0x1p53);
  EXPECT_EQ(big("9007199254740993000000000000000000001").to_double(), 9007199254740993000000000000000000001.0);
  EXPECT_EQ(BigInteger::from_double(0x1p100).str(), "1267650600228229401496703205376");
  EXPECT_EQ(BigInteger::power(BigInteger(10), BigInteger(309))->to_double(), HUGE_VAL);
}

TEST(BigIntegerValue, IsOneKindOfValueWithSmallOnes) {
  EXPECT_TRUE(Value::integer(big("9223372036854775807")).is_integer());
  const Value value = Value::integer(big("9223372036854775808"));
  EXPECT_TRUE(value.is_big_integer());
  EXPECT_FALSE(value.is_integer());
  EXPECT_STREQ(value.kind_name(), "int");
  EXPECT_EQ(value, Value(0x1p63));
  EXPECT_FALSE(value == Value(INT64_MAX));
  EXPECT_FALSE(Value::integer(big("9223372036854775809")) == Value(0x1p63));
}

constexpr const char* kBigTree = "{'a': 99999999999999999999, 'b': [-9223372036854775808, -9223372036854775809]}";
constexpr const char* kBigPython = "a = 99999999999999999999\nb = [-9223372036854775808, -9223372036854775809]\n";

TEST(BigIntegerValue, KeepsItsDigitsThroughEveryFormat) {
  const Config config = python_config(kBigPython);
  EXPECT_EQ(config.tree.repr(1000), kBigTree);
  EXPECT_EQ(to_python(config.tree), kBigPython);
  EXPECT_EQ(to_canonical_json(config.tree),
            "{\"a\":99999999999999999999,\"b\":[-9223372036854775808,-9223372036854775809]}\n");
  EXPECT_EQ(read_json(to_json(config.tree), "d.json").repr(1000), kBigTree);
  EXPECT_EQ(read_yaml(to_yaml(config.tree), "d.yaml").repr(1000), kBigTree);
}

TEST(BigIntegerValue, IsReadFromYamlAsPyYamlReadsIt) {
  const auto value = [](const std::string& text) { return read_yaml("x: " + text, "d.yaml").find("x")->repr(1000); };
  EXPECT_EQ(value("99_999_999_999_999_999_999"), "99999999999999999999");
  EXPECT_EQ(value("0xffffffffffffffffffff"), "1208925819614629174706175");
  EXPECT_EQ(value("0b" + std::string(80, '1')), "1208925819614629174706175");
  EXPECT_EQ(value("0777777777777777777777777"), "4722366482869645213695");
  EXPECT_EQ(value("99999999999999999999:30:15"), "359999999999999999998215");
  EXPECT_EQ(value("!!float 99999999999999999999"), "1e+20");
}

TEST(BigIntegerValue, IsTakenFromTheCommandLineAndShownAsADifference) {
  const Config before = python_config("a = 1\nb = [1]\n");
  Config after = before;
  after.tree = before.tree.deep_copy();
  const std::vector<std::string> overrides = {"a=99999999999999999999", "b=1,-99999999999999999999",
                                              "c={'d': 2 ** 70}"};
  apply_overrides(after, overrides);
  EXPECT_EQ(after.tree.repr(1000),
            "{'a': 99999999999999999999, 'b': [1, -99999999999999999999], 'c': {'d': 1180591620717411303424}}");
  const auto differences = diff(before.tree, after.tree);
  ASSERT_FALSE(differences.empty());
}

TEST(BigIntegerValue, FindsItselfAsAKey) {
  Value dict = Value::dict();
  for (int i = 0; i < 20; ++i) dict.as_dict().set(i, i);  // enough for an index
  dict.as_dict().set(Value::integer(big("99999999999999999999")), "a");
  dict.as_dict().set(Value::integer(big("99999999999999999998")), "b");
  dict.as_dict().set(0x1p70, "c");
  EXPECT_EQ(dict.as_dict().find(Value::integer(big("99999999999999999999")))->as_string(), "a");
  EXPECT_EQ(dict.as_dict().find(Value::integer(big("1180591620717411303424")))->as_string(), "c");
  EXPECT_EQ(dict.as_dict().size(), 23u);
}

}  // namespace
}  // namespace millrace
