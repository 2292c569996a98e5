#include "millrace/config/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

double at(const std::string& text, const Value& argument) { return Expression(text, "t")(argument); }

TEST(Expression, IsANumberOfItsVariable) {  // expected: Python
  EXPECT_EQ(at("0.95 ** t", Value(int64_t{2})), 0.9025);
  EXPECT_EQ(at("lambda epoch: epoch // 30", Value(int64_t{61})), 2);
  EXPECT_EQ(at("lambda epoch: epoch // 30", Value(61.5)), 2);
  EXPECT_EQ(at("7", Value(int64_t{0})), 7);
  EXPECT_EQ(at("t < 3", Value(int64_t{2})), 1);
  EXPECT_EQ(at("sum([1 for i in range(t)])", Value(int64_t{5})), 5);
  EXPECT_EQ(at("max(0.5, min(t, 4)) # a comment", Value(int64_t{9})), 4);
  EXPECT_EQ(at("(1\n + t)", Value(int64_t{1})), 2);
  EXPECT_NEAR(at("0.5 * (1 + math.cos(math.pi * t / 4))", Value(int64_t{1})), 0.8535533905932737, 1e-15);
}

TEST(Expression, OfIntegersStaysExact) {
  EXPECT_EQ(at("t % 7 + 1", Value(int64_t{9'007'199'254'740'993})), 9'007'199'254'740'993 % 7 + 1);
}

TEST(Expression, RemembersNothingBetweenTwoCalls) {
  const Expression growing("(seen := [t], len(seen))[1]", "t");
  EXPECT_EQ(growing(Value(int64_t{1})), 1);
  EXPECT_EQ(growing(Value(int64_t{1})), 1);
}

TEST(Expression, NamesTheTextThatCannotBeRead) {
  const auto read = [](const std::string& text) { return [text] { Expression(text, "t"); }; };
  EXPECT_THAT(read("0.95 **"),
              ThrowsMessage<Error>("'0.95 **': syntax error: expected a value, found the end of the line"));
  for (const char* text : {" ", "a = 1", "import os", "1\n2"})
    EXPECT_THAT(read(text), ThrowsMessage<Error>(HasSubstr("': one expression is needed"))) << text;
  EXPECT_THAT(read("lambda a, b: a"),
              ThrowsMessage<Error>("'lambda a, b: a': a lambda of one parameter is needed, got 2"));
  EXPECT_THAT(read("1) + (t"), ThrowsMessage<Error>(HasSubstr("')' closes nothing")));
}

TEST(Expression, NamesTheArgumentWhereItHasNoNumber) {
  const auto evaluate = [](const std::string& text, int64_t t) { return [text, t] { at(text, Value(t)); }; };
  EXPECT_THAT(evaluate("1 / t", 0), ThrowsMessage<Error>("'1 / t': division by zero at t = 0"));
  EXPECT_THAT(evaluate("tt", 3), ThrowsMessage<Error>(HasSubstr("'tt': ")));
  EXPECT_THAT(evaluate("'a' * t", 2), ThrowsMessage<Error>("''a' * t': it gives 'aa', not a number, at t = 2"));
  EXPECT_THAT(evaluate("float('inf')", 2), ThrowsMessage<Error>("'float('inf')': it gives inf at t = 2"));
  EXPECT_THAT(evaluate("sum([1 for i in range(200000)])", 2), ThrowsMessage<Error>(HasSubstr("at t = 2")));
  EXPECT_THAT(evaluate("open('x')", 2), ThrowsMessage<Error>(HasSubstr("'open('x')': ")));
}

}  // namespace
}  // namespace millrace
