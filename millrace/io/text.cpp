#include "millrace/io/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/io/gzip.h"

namespace millrace::io {
namespace {

using std::string_view_literals::operator""sv;

/// The spelling that is shown comes first.
constexpr std::array kEncodings = {
    std::pair("utf-8"sv, Encoding::utf_8),         std::pair("latin-1"sv, Encoding::latin_1),
    std::pair("cp1252"sv, Encoding::cp1252),       std::pair("utf-16"sv, Encoding::utf_16),
    std::pair("utf-16-le"sv, Encoding::utf_16_le), std::pair("utf-16-be"sv, Encoding::utf_16_be),
    std::pair("utf8"sv, Encoding::utf_8),          std::pair("utf-8-sig"sv, Encoding::utf_8),
    std::pair("latin1"sv, Encoding::latin_1),      std::pair("iso-8859-1"sv, Encoding::latin_1),
    std::pair("iso8859-1"sv, Encoding::latin_1),   std::pair("windows-1252"sv, Encoding::cp1252),
    std::pair("cp-1252"sv, Encoding::cp1252),      std::pair("utf16"sv, Encoding::utf_16),
    std::pair("utf-16le"sv, Encoding::utf_16_le),  std::pair("utf-16be"sv, Encoding::utf_16_be),
};
constexpr size_t kShown = 6;

/// The characters of cp1252 from 0x80 to 0x9F (https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT);
/// 0 where there is none.
constexpr std::array<char32_t, 32> kCp1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                              0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                              0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                              0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

void end_lines_with_line_feeds(std::string& text) {
  size_t from = text.find('\r');
  if (from == std::string::npos) return;
  size_t to = from;
  for (; from < text.size(); ++from) {
    if (text[from] != '\r') text[to++] = text[from];
    else if (from + 1 >= text.size() || text[from + 1] != '\n') text[to++] = '\n';
  }
  text.resize(to);
}

/// Where the text that follows `before` is in the file.
Place place_after(const Place& file, std::string before) {
  end_lines_with_line_feeds(before);
  const size_t line_begin = before.rfind('\n') + 1;  // of npos: 0
  return file.at(1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
                 1 + static_cast<int>(character_count(std::string_view(before).substr(line_begin))));
}

std::string from_single_bytes(std::string_view bytes, const Place& file, Encoding encoding) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    char32_t code = byte;
    if (encoding == Encoding::cp1252 && byte >= 0x80 && byte < 0xA0) code = kCp1252[byte - 0x80U];
    if (byte != 0 && code == 0)
      throw Error(place_after(file, text), fmt::format("this is not text in cp1252: no character is 0x{:02X}", byte));
    append_utf8(text, code);
  }
  return text;
}

std::string from_utf16(std::string_view bytes, const Place& file, bool is_big) {
  std::string text;
  text.reserve(bytes.size());
  const auto unit = [&](size_t at) {
    const auto byte = [&](size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(bytes[i])); };
    return static_cast<char32_t>(is_big ? byte(at) << 8 | byte(at + 1) : byte(at + 1) << 8 | byte(at));
  };
  const auto is_low = [&](size_t at) { return at + 1 < bytes.size() && unit(at) >= 0xDC00 && unit(at) < 0xE000; };
  for (size_t at = 0; at < bytes.size(); at += 2) {
    if (at + 1 == bytes.size()) throw Error(place_after(file, text), "this is not UTF-16 text: half a character");
    char32_t code = unit(at);
    if (code >= 0xD800 && code < 0xE000) {
      if (code >= 0xDC00 || !is_low(at + 2))
        throw Error(place_after(file, text), "this is not UTF-16 text: half of a pair alone");
      at += 2;
      code = 0x10000 + ((code - 0xD800) << 10) + (unit(at) - 0xDC00);
    }
    append_utf8(text, code);
  }
  return text;
}

/// Takes a byte order mark away; it says the encoding.
Encoding take_mark(std::string& content, Encoding encoding) {
  const auto take = [&](std::string_view mark) {
    const bool is_there = content.starts_with(mark);
    if (is_there) content.erase(0, mark.size());
    return is_there;
  };
  if (take("\xEF\xBB\xBF"sv)) return Encoding::utf_8;
  if (take("\xFF\xFE"sv)) return Encoding::utf_16_le;
  if (take("\xFE\xFF"sv)) return Encoding::utf_16_be;
  return encoding;
}

}  // namespace

std::optional<Encoding> find_encoding(std::string_view name) {
  std::string wanted = to_lower(name);
  std::replace(wanted.begin(), wanted.end(), '_', '-');
  for (const auto& [spelling, encoding] : kEncodings)
    if (spelling == wanted) return encoding;
  return std::nullopt;
}

std::string encoding_names() {
  std::vector<std::string> names;
  for (size_t i = 0; i < kShown; ++i) names.emplace_back(kEncodings[i].first);
  return join(names);
}

std::string text_of(std::string content, const Place& file, Encoding encoding) {
  encoding = take_mark(content, encoding);
  if (encoding == Encoding::latin_1 || encoding == Encoding::cp1252)
    content = from_single_bytes(content, file, encoding);
  else if (encoding != Encoding::utf_8) content = from_utf16(content, file, encoding == Encoding::utf_16_be);
  end_lines_with_line_feeds(content);
  if (const size_t bad = is_ascii(content) ? std::string::npos : first_invalid_utf8(content); bad != std::string::npos)
    throw Error(place_after(file, content.substr(0, bad)), "this is not UTF-8 text");
  if (const size_t nul = content.find('\0'); nul != std::string::npos)
    throw Error(place_after(file, content.substr(0, nul)), "this is not a text: it has a NUL byte");
  return content;
}

std::string read_text(const std::string& path, Encoding encoding, int64_t limit_bytes) {
  std::string content = read_maybe_gzip(path, limit_bytes);
  const bool is_wide = content.size() >= 2 && (content[0] == '\0') != (content[1] == '\0');
  const char* const guess = !is_wide ? "latin-1" : content[0] == '\0' ? "utf-16-be" : "utf-16-le";
  try {
    return text_of(std::move(content), Place(path), encoding);
  } catch (Error& error) {
    if (encoding == Encoding::utf_8) error.help(fmt::format("encoding='{}'", guess));
    error.note("encodings: " + encoding_names());
    throw;
  }
}

void for_each_line(std::string_view text, const std::function<void(std::string_view line, int number)>& use) {
  int number = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = trim(text.substr(at, end - at));
    at = end + 1;
    ++number;
    if (!line.empty()) use(line, number);
  }
}

}  // namespace millrace::io
