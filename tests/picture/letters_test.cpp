#include "millrace/picture/letters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "millrace/picture/glyphs.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::string bases_of(std::string_view text) {
  std::string bases;
  for (const Letter& letter : letters_of(text)) bases += letter.base;
  return bases;
}

/// The rows of a letter's picture that are not those of its base.
std::string changed_rows(Letter letter) {
  const Glyph glyph = glyph_of(letter), base = glyph_of({letter.base});
  std::string rows;
  for (size_t y = 0; y < glyph.size(); ++y) {
    if (glyph[y] == base[y]) continue;
    rows += std::to_string(y) + " ";
    for (int x = 6; x >= 0; --x) rows += glyph[y] >> x & 1 ? '#' : '.';
    rows += '\n';
  }
  return rows;
}

TEST(Letters, OfLatinScriptsAreTheirBases) {
  EXPECT_EQ(bases_of("Grün Äpfel Öl Straße"), "Grun Apfel Ol Strasse");
  EXPECT_EQ(bases_of("Smørrebrød Århus Ærø þing"), "Smorrebrod Arhus AEro thing");
  EXPECT_EQ(bases_of("crème brûlée, naïveté, cœur"), "creme brulee, naivete, coeur");
  EXPECT_EQ(bases_of("Żółć Łódź, žluťoučký kůň, őrült İstanbul ığ, țară"),
            "Zolc Lodz, zlutoucky kun, orult Istanbul ig, tara");
}

TEST(Letters, KeepTheAccentsOfOneOrTwoCharacters) {
  EXPECT_THAT(letters_of("ü"), ElementsAre(Letter{'u', Accent::diaeresis}));
  EXPECT_EQ(letters_of("u\u0308"), letters_of("ü")) << "as macOS writes it in names of files";
  EXPECT_EQ(letters_of("C\u0327a"), letters_of("Ça"));
  EXPECT_THAT(letters_of("\u0308"), IsEmpty()) << "there is nothing to stand on";
}

TEST(Letters, OfOtherScriptsAreOneQuestionMarkACharacter) {
  EXPECT_EQ(bases_of("日本 Ωβ 😀!"), "?? ?? ?!");
  EXPECT_EQ(bases_of("a\tb"), "a b");
  EXPECT_EQ(bases_of("a\xc3"), "a?") << "a character that is cut off";
  EXPECT_EQ(bases_of("\xff\x80x"), "?x");
}

TEST(Glyph, HasItsAccentAboveOrBelowIt) {
  EXPECT_EQ(changed_rows({'u', Accent::diaeresis}), "3 .#..#..\n");
  EXPECT_EQ(changed_rows({'U', Accent::diaeresis}), "0 .#..#..\n");
  EXPECT_EQ(changed_rows({'e', Accent::acute}), "2 ...#...\n3 ..#....\n");
  EXPECT_EQ(changed_rows({'c', Accent::cedilla}), "11 ...#...\n12 ..#....\n");
  EXPECT_EQ(changed_rows({'i', Accent::diaeresis}), "3 .#..#..\n") << "two dots for one";
}

}  // namespace
}  // namespace millrace
