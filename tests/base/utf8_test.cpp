#include "millrace/base/utf8.h"

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

TEST(FirstCharacter, IsReadAtEveryLength) {
  for (const char32_t code : {0x0u, 0x7fu, 0x80u, 0x7ffu, 0x800u, 0xffffu, 0x10000u, 0x10ffffu, 0xd800u}) {
    std::string text;
    append_utf8(text, code);
    const size_t bytes = text.size();
    const Utf8Character character = first_character(text + "\u00e9");
    EXPECT_EQ(character.code, code);
    EXPECT_EQ(character.bytes, bytes) << std::hex << static_cast<uint32_t>(code);
    EXPECT_EQ(first_character(std::string_view(text).substr(0, bytes - 1)).bytes, 0u) << "cut short";
  }
}

TEST(FirstCharacter, IsNoneWhereTheBytesAreNotUtf8) {
  // A later byte, longer forms than needed, above U+10FFFF, a lead that UTF-8 does not have, a lead alone.
  for (const char* text :
       {"", "\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xf4\x90\x80\x80", "\xff", "\xe2z"})
    EXPECT_EQ(first_character(text).bytes, 0u) << text;
}

TEST(FirstInvalidUtf8, IsThePlaceOfTheFirstByteOfNoCharacter) {
  EXPECT_EQ(first_invalid_utf8("a\u00e9\u20ac\U0001f600z"), std::string_view::npos);
  EXPECT_EQ(first_invalid_utf8("\u00e9\xff"), 2u);
  EXPECT_EQ(first_invalid_utf8("a\xed\xa0\x80"), 1u) << "a lone surrogate";
}

TEST(Characters, AreCountedAndTakenApart) {
  EXPECT_EQ(character_count("a\u00e9\u20ac\U0001f600z"), 5u);
  EXPECT_EQ(characters_of("a\u20acz"), (std::vector<std::string_view>{"a", "\u20ac", "z"}));
}

}  // namespace
}  // namespace millrace
