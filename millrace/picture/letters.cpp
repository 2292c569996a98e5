#include "millrace/picture/letters.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <string>

#include "millrace/base/utf8.h"

namespace millrace {

namespace {

/// Characters, and the base of each at the same place.
struct Family {
  Accent accent;
  std::u32string_view characters;
  std::string_view bases;
};

constexpr Family kFamilies[] = {
    {Accent::grave, U"ÀÈÌÒÙàèìòù", "AEIOUaeiou"},
    {Accent::acute, U"ÁÉÍÓÚÝáéíóúýĆćģĹĺŃńŔŕŚśŹź", "AEIOUYaeiouyCcgLlNnRrSsZz"},
    {Accent::circumflex, U"ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷ", "AEIOUaeiouCcGgHhJjSsWwYy"},
    {Accent::tilde, U"ÃÑÕãñõĨĩŨũ", "ANOanoIiUu"},
    {Accent::diaeresis, U"ÄËÏÖÜäëïöüÿŸ", "AEIOUaeiouyY"},
    {Accent::ring, U"ÅåŮů", "AaUu"},
    {Accent::macron, U"ĀāĒēĪīŌōŪū", "AaEeIiOoUu"},
    {Accent::breve, U"ĂăĔĕĞğĬĭŎŏŬŭ", "AaEeGgIiOoUu"},
    {Accent::caron, U"ČčĎďĚěĽľŇňŘřŠšŤťŽž", "CcDdEeLlNnRrSsTtZz"},
    {Accent::dot, U"ĊċĖėĠġİŻż", "CcEeGgIZz"},
    {Accent::double_acute, U"ŐőŰű", "OoUu"},
    {Accent::cedilla, U"ÇçĢĶķĻļŅņŖŗŞşŢţȘșȚț", "CcGKkLlNnRrSsTtSsTt"},
    {Accent::ogonek, U"ĄąĘęĮįŲų", "AaEeIiUu"},
    {Accent::none, U"\u00a0Ð×ØðøĐđĦħıĸĿŀŁłŊŋŦŧſ", " DxOdoDdHhikLlLlNnTts"},
};

struct Pair {
  char32_t character;
  std::string_view letters;
};

constexpr Pair kPairs[] = {{U'Æ', "AE"}, {U'æ', "ae"}, {U'Œ', "OE"}, {U'œ', "oe"}, {U'ß', "ss"}, {U'ẞ', "SS"},
                           {U'Þ', "TH"}, {U'þ', "th"}, {U'Ĳ', "IJ"}, {U'ĳ', "ij"}, {U'ŉ', "'n"}};

struct Mark {
  char32_t character;
  Accent accent;
};

/// Combining marks: how macOS writes names of files.
constexpr Mark kMarks[] = {
    {U'\u0300', Accent::grave},        {U'\u0301', Accent::acute},     {U'\u0302', Accent::circumflex},
    {U'\u0303', Accent::tilde},        {U'\u0304', Accent::macron},    {U'\u0306', Accent::breve},
    {U'\u0307', Accent::dot},          {U'\u0308', Accent::diaeresis}, {U'\u030a', Accent::ring},
    {U'\u030b', Accent::double_acute}, {U'\u030c', Accent::caron},     {U'\u0326', Accent::cedilla},
    {U'\u0327', Accent::cedilla},      {U'\u0328', Accent::ogonek}};

/// The character that begins at `at`, which is moved behind it; U+FFFD for bytes that are not UTF-8.
char32_t next_character(std::string_view text, size_t& at) {
  const auto [code, bytes] = first_character(text.substr(at));
  at += std::max<size_t>(bytes, 1);
  if (bytes > 0) return code;
  while (at < text.size() && !begins_character(text[at])) ++at;
  return U'\ufffd';
}

void add_ascii(char letter, std::vector<Letter>& letters) {
  letters.push_back({letter < 0x20 || letter == 0x7f ? ' ' : letter});
}

void add_mark(char32_t character, std::vector<Letter>& letters) {
  if (letters.empty() || letters.back().accent != Accent::none) return;
  for (const Mark& mark : kMarks)
    if (mark.character == character && std::isalpha(static_cast<unsigned char>(letters.back().base)))
      letters.back().accent = mark.accent;
}

void add_other(char32_t character, std::vector<Letter>& letters) {
  for (const Family& family : kFamilies)
    if (const size_t place = family.characters.find(character); place != std::u32string_view::npos) {
      letters.push_back({family.bases[place], family.accent});
      return;
    }
  for (const Pair& pair : kPairs)
    if (pair.character == character) {
      for (const char letter : pair.letters) letters.push_back({letter});
      return;
    }
  letters.push_back({'?'});
}

}  // namespace

std::vector<Letter> letters_of(std::string_view text) {
  std::vector<Letter> letters;
  for (size_t at = 0; at < text.size();) {
    const char32_t character = next_character(text, at);
    if (character < 0x80) add_ascii(static_cast<char>(character), letters);
    else if (character >= 0x300 && character < 0x370) add_mark(character, letters);
    else add_other(character, letters);
  }
  return letters;
}

}  // namespace millrace
