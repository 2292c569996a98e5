#include "millrace/io/text.h"

#include <gmock/gmock.h>

#include "millrace/base/error.h"
#include "tests/support/scratch_folder.h"

namespace millrace::io {
namespace {

using std::string_literals::operator""s;
using testing::ElementsAre, testing::Pair, testing::ThrowsMessage;

const Place kFile("names.txt");

std::string mistake_of(const std::string& content, Encoding encoding = Encoding::utf_8) {
  try {
    text_of(content, kFile, encoding);
  } catch (const Error& error) {
    return error.what();
  }
  return "no mistake";
}

TEST(Text, IsTheSameInEveryEncoding) {
  const std::string text = "mäßig\n€ 3\n";  // the bytes below are those of Python's str.encode
  EXPECT_EQ(text_of("m\xC3\xA4\xC3\x9Fig\n\xE2\x82\xAC 3\n", kFile), text);
  EXPECT_EQ(text_of("\xEF\xBB\xBFm\xC3\xA4\xC3\x9Fig\n\xE2\x82\xAC 3\n", kFile), text);
  EXPECT_EQ(text_of("m\xE4\xDFig\n\x80 3\n", kFile, Encoding::cp1252), text);
  const std::string little = "m\0\xE4\0\xDF\0i\0g\0\n\0\xAC\x20 \0003\0\n\0"s;
  const std::string big = "\0m\0\xE4\0\xDF\0i\0g\0\n\x20\xAC\0 \0003\0\n"s;
  EXPECT_EQ(text_of("\xFF\xFE" + little, kFile), text);
  EXPECT_EQ(text_of("\xFE\xFF" + big, kFile), text);
  EXPECT_EQ(text_of(little, kFile, Encoding::utf_16_le), text);
  EXPECT_EQ(text_of(little, kFile, Encoding::utf_16), text);
  EXPECT_EQ(text_of(big, kFile, Encoding::utf_16_be), text);
  EXPECT_EQ(text_of("m\xE4\xDFig", kFile, Encoding::latin_1), "mäßig");
  EXPECT_EQ(text_of("\xFF\xFE\x3D\xD8\x00\xDE"s, kFile), "😀") << "a pair of surrogates";
  EXPECT_EQ(text_of("", kFile), "");
}

TEST(Text, HasAMarkThatTakesPrecedence) {
  EXPECT_EQ(text_of("\xEF\xBB\xBF\xC3\xA4", kFile, Encoding::latin_1), "ä");
  EXPECT_EQ(text_of("\xFE\xFF\0a"s, kFile, Encoding::utf_16_le), "a");
}

TEST(Text, EndsItsLinesWithLineFeeds) {
  EXPECT_EQ(text_of("a\r\nb\rc\n\r\r\n", kFile), "a\nb\nc\n\n\n");
  EXPECT_EQ(text_of("a\0\r\0\n\0b\0"s, kFile, Encoding::utf_16_le), "a\nb");
}

TEST(Text, SaysWhereItIsNone) {
  EXPECT_EQ(mistake_of("a\r\nmä\xDFig"), "names.txt:2:3: this is not UTF-8 text");
  EXPECT_EQ(mistake_of("a\rb\xC3"), "names.txt:2:2: this is not UTF-8 text");
  EXPECT_EQ(mistake_of("\xED\xA0\x80"), "names.txt:1:1: this is not UTF-8 text") << "half of a pair";
  EXPECT_EQ(mistake_of("a\nb\0"s), "names.txt:2:2: this is not a text: it has a NUL byte");
  EXPECT_EQ(mistake_of("\xE4\r\n\x81", Encoding::cp1252),
            "names.txt:2:1: this is not text in cp1252: no character is 0x81");
  EXPECT_EQ(mistake_of("\xFF\xFE\n\0a"s), "names.txt:2:1: this is not UTF-16 text: half a character");
  EXPECT_EQ(mistake_of("\xFF\xFE\x3D\xD8"s), "names.txt:1:1: this is not UTF-16 text: half of a pair alone");
  EXPECT_EQ(mistake_of("\xFF\xFE\x00\xDE\x3D\xD8"s), "names.txt:1:1: this is not UTF-16 text: half of a pair alone");
}

TEST(Text, OfAFileMayBePackedAndHasAHintOfItsEncoding) {
  const ScratchFolder folder;
  const std::string plain = folder.write("plain", "a\nm\xE4\xDFig\n"), wide = folder.write("wide", "a\0b\0"s);
  EXPECT_EQ(read_text(plain, Encoding::latin_1), "a\nmäßig\n");
  const std::string names = "\n  encodings: utf-8, latin-1, cp1252, utf-16, utf-16-le, utf-16-be\n";
  EXPECT_THAT([&] { read_text(plain, Encoding::utf_8); },
              ThrowsMessage<Error>(plain + ":2:2: this is not UTF-8 text" + names + "  help: encoding='latin-1'"));
  EXPECT_THAT([&] { read_text(wide, Encoding::utf_8); },
              ThrowsMessage<Error>(wide + ":1:2: this is not a text: it has a NUL byte" + names +
                                   "  help: encoding='utf-16-le'"));
  const std::string packed = folder.write(
      "packed", "\x1f\x8b\x08\0\0\0\0\0\0\xff\x4b\xe4\x02\0\x07\xa1\xea\xdd\x02\0\0\0"s);  // gzip.compress(b'a\n')
  EXPECT_EQ(read_text(packed, Encoding::utf_8), "a\n");
}

TEST(Text, NamesItsEncodingsAsPythonDoes) {
  EXPECT_EQ(find_encoding("UTF_8"), Encoding::utf_8);
  EXPECT_EQ(find_encoding("ISO-8859-1"), Encoding::latin_1);
  EXPECT_EQ(find_encoding("windows-1252"), Encoding::cp1252);
  EXPECT_EQ(find_encoding("utf-16-be"), Encoding::utf_16_be);
  EXPECT_EQ(find_encoding("klingon"), std::nullopt);
}

TEST(Text, HasLinesWithoutTheBlanksAroundThem) {
  std::vector<std::pair<int, std::string>> lines;
  for_each_line("a b\n\n\t \n c\t", [&](std::string_view line, int number) { lines.emplace_back(number, line); });
  EXPECT_THAT(lines, ElementsAre(Pair(1, "a b"), Pair(4, "c")));
}

}  // namespace
}  // namespace millrace::io
