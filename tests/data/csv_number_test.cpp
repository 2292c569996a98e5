#include "millrace/data/csv_number.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::Optional;

TEST(CSVNumber, IsAWholeField) {
  EXPECT_THAT(csv_number("-1.5e-3"), Optional(-0.0015));
  EXPECT_THAT(csv_number("+7"), Optional(7.0));
  EXPECT_THAT(csv_number(".5"), Optional(0.5));
  EXPECT_THAT(csv_number("-0,25", ','), Optional(-0.25));
  EXPECT_THAT(csv_number("12", ','), Optional(12.0));
  for (const char* text : {"", "1 2", "1,5", "nan", "inf", "1e999", "0x10", "5%", "one"})
    EXPECT_EQ(csv_number(text), std::nullopt) << text;
  for (const char* text : {"1.5", "1,234,567", "1.234,5"}) EXPECT_EQ(csv_number(text, ','), std::nullopt) << text;
}

TEST(CSVNumber, IsNotReadForAReasonThatIsNamed) {
  const std::pair<const char*, const char*> table[] = {
      {"0,04", "it has a decimal comma"},
      {"-12,5e3", "it has a decimal comma"},
      {",5", "it has a decimal comma"},
      {"1,234.5", "it has thousands separators"},
      {"-1 234 567", "it has thousands separators"},
      {"1\u202F234,5", "it has thousands separators"},
      {"1'234", "it has thousands separators"},
      {"1.234.567", "it has thousands separators"},
      {"12%", "it has a percent sign"},
      {"12,5 %", "it has a percent sign"},
      {"$5", "it has a sign of a currency"},
      {"5,00 €", "it has a sign of a currency"},
      {"\u22123.5", "its minus sign is not '-'"},
      {"- 5", "it has a blank in it"},
      {"1e999", "it is out of range"},
  };
  for (const auto& [text, reason] : table) EXPECT_EQ(trouble_of_number(text), reason) << text;
  EXPECT_EQ(trouble_of_number("1.5", ','), "it has a decimal point, and decimal=','");
  EXPECT_EQ(trouble_of_number("1.234,5", ','), "it has thousands separators");
}

TEST(CSVNumber, IsNoNameOrDateOrVersion) {
  for (const char* text : {"", "blue", "1st", "3 kg", "12.5.2021", "2021-03-04", "10.0.0.1", "S, M", "1,2,3", "%", "-",
                           ",", "0x10", "nan", "12:30", "1 2 3"})
    EXPECT_EQ(trouble_of_number(text), "") << text;
}

}  // namespace
}  // namespace millrace
