#include "millrace/config/substitution.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "millrace/base/error.h"

namespace millrace {
namespace {

constexpr std::string_view kBlanks = " \t\n\f\v";
bool is_blank(char c) { return kBlanks.find(c) != std::string_view::npos; }
bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

/// Walks over a text; each step says whether what it looked for was there.
struct Cursor {
  std::string_view text;
  size_t at;

  char peek() const { return at < text.size() ? text[at] : '\0'; }
  void skip_blanks() {
    while (at < text.size() && is_blank(text[at])) ++at;
  }
  bool accept(std::string_view word) {
    if (text.substr(at, word.size()) != word) return false;
    at += word.size();
    return true;
  }
  bool accept_quote() { return peek() == '\'' || peek() == '"' ? (++at, true) : false; }
  std::string_view word() {
    const size_t begin = at;
    while (at < text.size() && is_word_char(text[at])) ++at;
    return text.substr(begin, at - begin);
  }
  /// blanks, "}}"
  bool close() {
    skip_blanks();
    return accept("}}");
  }
};

/// Calls `read` behind each "{{"; what it returns replaces the text from there to where it left the cursor.
template <class Read>
void substitute(Source& source, Read read) {
  const std::string_view text = source.text();
  std::vector<Source::Replacement> replacements;
  for (size_t at = 0; (at = text.find("{{", at)) != std::string_view::npos;) {
    Cursor cursor{text, at + 2};
    std::optional<std::string> with = read(cursor, at);
    if (!with) {
      ++at;
      continue;
    }
    replacements.push_back({at, cursor.at, std::move(*with)});
    at = cursor.at;
  }
  source.replace(replacements);
}

}  // namespace

void substitute_file_variables(Source& source, const std::string& absolute_path) {
  const size_t slash = absolute_path.rfind('/');
  const std::string name = absolute_path.substr(slash + 1);
  const size_t dot = name.rfind('.');
  const bool has_extension = dot != std::string::npos && name.find_first_not_of('.') < dot;
  const std::array<std::pair<std::string_view, std::string>, 4> variables = {{
      {"fileDirname", slash == std::string::npos ? ""
                      : slash == 0               ? "/"
                                                 : absolute_path.substr(0, slash)},
      {"fileBasename", name},
      {"fileBasenameNoExtension", has_extension ? name.substr(0, dot) : name},
      {"fileExtname", has_extension ? name.substr(dot) : ""},
  }};
  substitute(source, [&](Cursor& cursor, size_t) -> std::optional<std::string> {
    cursor.skip_blanks();
    const std::string_view word = cursor.word();
    for (const auto& [variable, value] : variables)
      if (word == variable && cursor.close()) return value;
    return std::nullopt;
  });
}

void substitute_environment(Source& source,
                            const std::function<std::optional<std::string>(const std::string&)>& environment,
                            std::map<std::string, std::string>& used) {
  size_t blank = 0, close = 0;  // the first ones behind the last place that was looked at
  substitute(source, [&](Cursor& cursor, size_t begin) -> std::optional<std::string> {
    cursor.accept_quote();
    cursor.skip_blanks();
    if (!cursor.accept("$")) return std::nullopt;
    cursor.skip_blanks();
    const std::string name(cursor.word());
    cursor.skip_blanks();
    if (name.empty() || !cursor.accept(":")) return std::nullopt;
    cursor.skip_blanks();
    // The default is the shortest text without blanks behind which the braces close.
    const size_t from = cursor.at;
    if (blank < from) blank = cursor.text.find_first_of(kBlanks, from);
    if (close < from) close = cursor.text.find("}}", from);
    Cursor end = cursor;
    end.at = std::min({blank, close, cursor.text.size()});
    size_t value_end = end.at;
    if (close < blank && close > from && (cursor.text[close - 1] == '\'' || cursor.text[close - 1] == '"')) --value_end;
    end.skip_blanks();
    end.accept_quote();
    if (!end.accept("}}")) return std::nullopt;
    std::string value(cursor.text.substr(from, value_end - from));
    if (const auto set = environment(name)) used[name] = value = *set;
    if (value.empty())
      throw Error(source.place(begin), fmt::format("the environment variable '{}' is not set and has no default", name))
          .help(fmt::format("export {0}=…, or write {{{{${0}:default}}}}", name));
    cursor.at = end.at;
    return value;
  });
}

void substitute_base_values(Source& source) {
  substitute(source, [&](Cursor& cursor, size_t) -> std::optional<std::string> {
    cursor.skip_blanks();
    if (!cursor.accept("_base_.")) return std::nullopt;
    std::string path;
    while (is_word_char(cursor.peek()) || cursor.peek() == '.') path += cursor.text[cursor.at++];
    if (path.empty() || !cursor.close()) return std::nullopt;
    return fmt::format("\"{}{}\"", kBaseMarker, path);
  });
}

}  // namespace millrace
