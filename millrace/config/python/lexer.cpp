#include "millrace/config/python/lexer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "millrace/base/error.h"
#include "millrace/config/limits.h"

namespace millrace::py {
namespace {

constexpr auto kKeywords = std::to_array<std::string_view>(
    {"False", "None",     "True",  "and",    "as",   "assert", "async",  "await",    "break",
     "class", "continue", "def",   "del",    "elif", "else",   "except", "finally",  "for",
     "from",  "global",   "if",    "import", "in",   "is",     "lambda", "nonlocal", "not",
     "or",    "pass",     "raise", "return", "try",  "while",  "with",   "yield"});
static_assert(std::is_sorted(kKeywords.begin(), kKeywords.end()));

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_letter(c) || is_digit(c); }

constexpr std::string_view kBase = "_base_.";

class Lexer {
 public:
  Lexer(const Source& source, size_t begin, size_t end)
      : source_(source), text_(source.text().substr(0, end)), at_(begin) {
    tokens_.reserve((end - begin) / 4 + 8);
  }

  std::vector<Token> file() {
    start_line();
    while (at_ < text_.size()) step();
    if (!brackets_.empty()) fail(brackets_.back().offset, fmt::format("'{}' is never closed", brackets_.back().symbol));
    if (!tokens_.empty() && tokens_.back().kind != TokenKind::newline) add(TokenKind::newline, at_, 0);
    for (; indents_.size() > 1; indents_.pop_back()) add(TokenKind::dedent, at_, 0);
    add(TokenKind::end, at_, 0);
    return std::move(tokens_);
  }

  std::vector<Token> expression() {
    inside_string_ = true;
    while (at_ < text_.size()) step();
    if (!brackets_.empty()) fail(brackets_.back().offset, fmt::format("'{}' is never closed", brackets_.back().symbol));
    add(TokenKind::end, at_, 0);
    return std::move(tokens_);
  }

 private:
  [[noreturn]] void fail(size_t offset, std::string what) const { throw Error(source_.place(offset), std::move(what)); }

  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void add(TokenKind kind, size_t offset, size_t length) {
    const std::string_view text = text_.substr(offset, length);
    const bool is_word = kind == TokenKind::op || kind == TokenKind::keyword;
    tokens_.push_back({kind, static_cast<uint32_t>(offset), is_word ? Word::pack(text) : 0, text});
  }

  void step() {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\f') {
      ++at_;
    } else if (c == '\n') {
      ++at_;
      if (!brackets_.empty() || inside_string_) return;
      add(TokenKind::newline, at_ - 1, 0);
      start_line();
    } else if (c == '#') {
      if (inside_string_) fail(at_, "an f-string cannot contain a comment");
      skip_comment();
    } else if (c == '\\') {
      if (peek(1) != '\n') fail(at_, "unexpected '\\': it continues a line only at the line's end");
      at_ += 2;
      if (at_ >= text_.size()) fail(at_ - 2, "the file ends after '\\'");
    } else if (c == '"' || c == '\'') {
      string(at_);
    } else if (is_letter(c)) {
      word();
    } else if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      number();
    } else if (!(c == '{' && peek(1) == '{' && base_value())) {
      op();
    }
  }

  void skip_comment() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  /// At the start of a logical line: skips blank lines and settles the indentation.
  void start_line() {
    size_t width = 0;
    for (;; ++at_) {
      const char c = peek();
      if (at_ >= text_.size()) return;
      if (c == ' ') ++width;
      else if (c == '\t') width = (width / 8 + 1) * 8;
      else if (c == '\f') width = 0;
      else if (c == '\n') width = 0;
      else if (c == '#') {
        skip_comment();
        if (at_ >= text_.size()) return;
        width = 0;
      } else break;
    }
    if (width > indents_.back()) {
      if (indents_.size() > static_cast<size_t>(Limits::kNesting))
        fail(at_, fmt::format("blocks are nested deeper than {}", Limits::kNesting));
      indents_.push_back(width);
      add(TokenKind::indent, at_, 0);
    }
    while (width < indents_.back()) {
      indents_.pop_back();
      if (width > indents_.back()) fail(at_, "the indentation fits no line above");
      add(TokenKind::dedent, at_, 0);
    }
  }

  void word() {
    const size_t begin = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    const std::string_view name = text_.substr(begin, at_ - begin);
    const char c = peek();
    if ((c == '"' || c == '\'') && name.size() <= 2 && is_string_prefix(name)) return string(begin);
    add(is_keyword(name) ? TokenKind::keyword : TokenKind::name, begin, name.size());
  }

  static bool is_string_prefix(std::string_view word) {
    int raw = 0, other = 0;
    for (char c : word) {
      if (c == 'r' || c == 'R') ++raw;
      else if (c == 'b' || c == 'B' || c == 'f' || c == 'F') ++other;
      else return word.size() == 1 && (c == 'u' || c == 'U');
    }
    return raw <= 1 && other <= 1;
  }

  void string(size_t begin) {
    const char quote = text_[at_];
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    for (;; ++at_) {
      if (at_ >= text_.size() || (!triple && text_[at_] == '\n')) fail(begin, "the string is never closed");
      if (text_[at_] == '\\') ++at_;
      else if (text_[at_] == quote && (!triple || (peek(1) == quote && peek(2) == quote))) break;
    }
    at_ += triple ? 3 : 1;
    add(TokenKind::string, begin, at_ - begin);
  }

  void number() {
    const size_t begin = at_;
    if (text_[at_] == '0' && std::string_view("xXoObB").find(peek(1)) != std::string_view::npos && peek(1) != '\0') {
      at_ += 2;
      while (is_word(peek())) ++at_;
    } else {
      const auto digits = [&] {
        while (is_digit(peek()) || peek() == '_') ++at_;
      };
      digits();
      if (peek() == '.') ++at_, digits();
      const size_t sign = peek(1) == '+' || peek(1) == '-';
      if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) at_ += 1 + sign, digits();
      if (peek() == 'j' || peek() == 'J') fail(begin, "complex numbers are not part of the config language");
      if (is_letter(peek()) && !follows_keyword()) fail(begin, "this is not a number");
    }
    add(TokenKind::number, begin, at_ - begin);
  }

  /// `1if x else 2` is Python: a keyword may follow a number at once.
  bool follows_keyword() const {
    size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return is_keyword(text_.substr(at_, end - at_));
  }

  bool base_value() {
    size_t i = at_ + 2;
    const auto skip_blanks = [&] {
      while (i < text_.size() && (text_[i] == ' ' || text_[i] == '\t' || text_[i] == '\n')) ++i;
    };
    skip_blanks();
    if (text_.substr(i, kBase.size()) != kBase) return false;
    const size_t path = i += kBase.size();
    while (i < text_.size() && (is_word(text_[i]) || text_[i] == '.')) ++i;
    const size_t path_end = i;
    skip_blanks();
    if (path_end == path || text_.substr(i, 2) != "}}") return false;
    tokens_.push_back({TokenKind::base_value, static_cast<uint32_t>(at_), 0, text_.substr(path, path_end - path)});
    at_ = i + 2;
    return true;
  }

  void op() {
    static constexpr auto kLong =
        std::to_array<std::string_view>({"**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==",
                                         "!=",  "->",  "+=",  "-=",  "*=",  "/=", "%=", "&=", "|=", "^=", "@=", ":="});
    const std::string_view rest = text_.substr(at_, 3);
    for (std::string_view symbol : kLong) {
      if (!rest.starts_with(symbol)) continue;
      add(TokenKind::op, at_, symbol.size());
      at_ += symbol.size();
      return;
    }
    const char c = text_[at_];
    if (std::string_view("+-*/%@&|^~<>()[]{},:.;=").find(c) == std::string_view::npos)
      fail(at_, fmt::format("unexpected character '{}'", c >= 0x20 ? std::string(1, c) : fmt::format("\\x{:02x}", c)));
    if (c == '(' || c == '[' || c == '{') {
      if (brackets_.size() >= static_cast<size_t>(Limits::kNesting))
        fail(at_, fmt::format("brackets are nested deeper than {}", Limits::kNesting));
      brackets_.push_back({c, at_});
    } else if (c == ')' || c == ']' || c == '}') {
      const char open = c == ')' ? '(' : c == ']' ? '[' : '{';
      if (brackets_.empty()) fail(at_, fmt::format("'{}' closes nothing", c));
      if (brackets_.back().symbol != open)
        fail(at_, fmt::format("'{}' does not close the '{}' of line {}", c, brackets_.back().symbol,
                              source_.place(brackets_.back().offset).line()));
      brackets_.pop_back();
    }
    add(TokenKind::op, at_++, 1);
  }

  struct Bracket {
    char symbol;
    size_t offset;
  };

  const Source& source_;
  std::string_view text_;
  size_t at_;
  bool inside_string_ = false;
  std::vector<Token> tokens_;
  std::vector<Bracket> brackets_;
  std::vector<size_t> indents_{0};
};

}  // namespace

std::vector<Token> tokenize(const Source& source) { return Lexer(source, 0, source.text().size()).file(); }

std::vector<Token> tokenize_expression(const Source& source, size_t begin, size_t end) {
  return Lexer(source, begin, end).expression();
}

bool is_keyword(std::string_view word) {
  return word.size() <= 8 && std::binary_search(kKeywords.begin(), kKeywords.end(), word);
}

bool is_identifier(std::string_view word) {
  if (word.empty() || !is_letter(word.front()) || is_keyword(word)) return false;
  return std::all_of(word.begin(), word.end(), is_word);
}

}  // namespace millrace::py
