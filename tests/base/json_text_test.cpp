#include "millrace/base/json_text.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(StrictJson, HasNullWherePythonWritesNumbersThatAreNotFinite) {
  EXPECT_EQ(strict_json(R"({"a": NaN, "b": [-Infinity, Infinity], "c": -1.5})"),
            R"({"a": null, "b": [null, null], "c": -1.5})");
}

TEST(StrictJson, LeavesTextsAsTheyAre) {
  const char* const text = R"({"NaN \" Infinity": "\\", "a": "-Infinity"})";
  EXPECT_EQ(strict_json(text), text);
}

TEST(ValidUtf8, ReplacesEachByteThatIsNotUtf8) {
  EXPECT_EQ(valid_utf8("B\xC3\xA4r"), "B\xC3\xA4r");
  EXPECT_EQ(valid_utf8("B\xE4r\xFF"), "B\xEF\xBF\xBDr\xEF\xBF\xBD");
  EXPECT_EQ(valid_utf8("\xC3"), "\xEF\xBF\xBD");
}

}  // namespace
}  // namespace millrace
