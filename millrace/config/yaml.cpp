#include "millrace/config/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/limits.h"
#include "millrace/config/source.h"

namespace millrace {
namespace {

bool in_class(char c, std::string_view extra) {
  return (c >= '0' && c <= '9') || extra.find(c) != std::string_view::npos;
}

bool all_in(std::string_view text, std::string_view extra) {
  for (char c : text)
    if (!in_class(c, extra)) return false;
  return !text.empty();
}

std::optional<Value> yaml_integer(std::string_view text, const Place& place) {
  bool negative = false;
  if (text.starts_with('-') || text.starts_with('+')) {
    negative = text[0] == '-';
    text.remove_prefix(1);
  }
  if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
  std::string digits;
  int base = 10;
  if (text.starts_with("0b")) base = 2, text.remove_prefix(2);
  else if (text.starts_with("0x")) base = 16, text.remove_prefix(2);
  else if (text.size() > 1 && text[0] == '0') base = 8, text.remove_prefix(1);
  if (base == 10 && text.find(':') != std::string_view::npos) {  // base 60
    if (text.size() > BigInteger::kMostDigits) return std::nullopt;
    BigInteger value;
    for (const std::string& part : split(text, ':')) {
      if (!all_in(part, "")) return std::nullopt;
      value = value * BigInteger(60) + *BigInteger::parse(part);
    }
    return Value::integer(negative ? -value : value);
  }
  for (char c : text)
    if (c != '_') digits += c;
  if (negative) digits.insert(0, 1, '-');
  return read_integer(digits, base, place);
}

std::optional<Value> yaml_float(std::string_view text) {
  const std::string lower = to_lower(text);
  if (lower == ".inf" || lower == "+.inf") return Value(HUGE_VAL);
  if (lower == "-.inf") return Value(-HUGE_VAL);
  if (lower == ".nan") return Value(std::nan(""));
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  const size_t dot = rest.find('.');
  if (dot == std::string_view::npos || (dot == 0 && (rest.size() < 2 || !in_class(rest[1], "")))) return std::nullopt;
  if (dot > 0 && (!in_class(rest[0], "") || !all_in(rest.substr(0, dot), "_"))) return std::nullopt;
  std::string_view fraction = rest.substr(dot + 1);
  // The exponent must have a sign: 1.0e5 is a string.
  if (const size_t e = fraction.find_first_of("eE"); e != std::string_view::npos) {
    const std::string_view exponent = fraction.substr(e + 1);
    if (exponent.size() < 2 || (exponent[0] != '+' && exponent[0] != '-') || !all_in(exponent.substr(1), ""))
      return std::nullopt;
    fraction = fraction.substr(0, e);
  }
  if (!fraction.empty() && !all_in(fraction, "_")) return std::nullopt;
  std::string digits;
  for (char c : text)
    if (c != '_' && c != '+') digits += c;
  if (text.find("e+") != std::string_view::npos || text.find("E+") != std::string_view::npos)
    digits.insert(digits.find_first_of("eE") + 1, "+");
  double value = 0;
  const auto code = std::from_chars(digits.data(), digits.data() + digits.size(), value).ec;
  if (code == std::errc::invalid_argument) return std::nullopt;
  if (code == std::errc::result_out_of_range) value = digits.find('-', 1) == std::string::npos ? HUGE_VAL : 0;
  return Value(value);
}

constexpr std::string_view kTagPrefix = "tag:yaml.org,2002:";

/// yaml-cpp gives a lone byte for the escapes \N and \_, U+0085 and U+00A0; all else in the text of a source is UTF-8.
std::string as_utf8(std::string_view text) {
  std::string out;
  for (size_t bad; (bad = first_invalid_utf8(text)) != std::string::npos; text.remove_prefix(bad + 1))
    (out += text.substr(0, bad)).append({'\xC2', text[bad]});
  return out += text;
}

/// Builds the tree from the parser's events.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const Source& source) : source_(source) {}

  Value take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(Value().set_place(place(mark)), anchor); }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) throw Error(place(mark), "YAML: an alias is inside of the node that it names");
    add(found->second, 0);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& scalar) override {
    const std::string text = as_utf8(scalar);
    Value value;
    if (tag == "?") value = resolve_yaml_scalar(text, place(mark));
    else if (tag == "!" || tag == name("str")) value = Value(text);
    else if (tag == name("null")) value = Value();
    else if (tag == name("int") || tag == name("float") || tag == name("bool")) {
      value = resolve_yaml_scalar(text, place(mark));
      if (tag == name("float") && std::string_view(value.kind_name()) == "int")
        value = value.is_integer() ? static_cast<double>(value.as_integer()) : value.as_big_integer().to_double();
      const char* kind = tag == name("int") ? "int" : tag == name("float") ? "float" : "bool";
      if (std::string(value.kind_name()) != kind)
        throw Error(place(mark), fmt::format("YAML: '{}' is not {} {}", text, *kind == 'i' ? "an" : "a", kind));
    } else if (tag == name("python/none")) value = Value();
    else if (tag == name("python/str") || tag == name("python/unicode")) value = Value(text);
    else refuse_tag(mark, tag);
    add(std::move(value.set_place(place(mark))), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    const bool is_tuple = tag == name("python/tuple");
    if (!is_tuple && tag != "?" && tag != "!" && tag != name("seq") && tag != name("python/list"))
      refuse_tag(mark, tag);
    open(mark, is_tuple ? Value::tuple() : Value::list(), anchor, false);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    const bool is_set = tag == name("set");
    if (!is_set && tag != "?" && tag != "!" && tag != name("map") && tag != name("python/dict")) refuse_tag(mark, tag);
    open(mark, Value::dict(), anchor, is_set);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Value container;
    YAML::anchor_t anchor;
    bool is_set;
    bool has_key = false;
    Value key;
    std::vector<Value> merged;  // the values of `<<`
  };

  static std::string name(std::string_view tag) { return std::string(kTagPrefix) + std::string(tag); }

  Place place(const YAML::Mark& mark) const {
    return source_.place(static_cast<size_t>(std::max(mark.pos, 0)));
  }  // in bytes

  [[noreturn]] void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    throw Error(place(mark), fmt::format("YAML: the tag '{}' is not read", tag));
  }

  void open(const YAML::Mark& mark, Value container, YAML::anchor_t anchor, bool is_set) {
    if (stack_.size() >= static_cast<size_t>(Limits::kNesting))
      throw Error(place(mark), fmt::format("YAML: nested deeper than {}", Limits::kNesting));
    stack_.push_back({std::move(container.set_place(place(mark))), anchor, is_set, false, {}, {}});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    if (!done.merged.empty()) {
      Value whole = Value::dict().set_place(done.container.place());
      for (auto it = done.merged.rbegin(); it != done.merged.rend(); ++it)
        for (const auto& [key, value] : it->as_dict()) whole.as_dict().set(key, value);
      for (const auto& [key, value] : done.container.as_dict()) whole.as_dict().set(key, value);
      done.container = std::move(whole);
    }
    if (done.is_set) {
      Value::Items items;
      for (const auto& [key, value] : done.container.as_dict()) items.push_back(key);
      done.container = Value::set(std::move(items)).set_place(done.container.place());
    }
    add(std::move(done.container), done.anchor);
  }

  void add(Value value, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = value;
    if (stack_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& top = stack_.back();
    if (!top.container.is_dict()) {
      top.container.items().push_back(std::move(value));
    } else if (!top.has_key) {
      if (value.is_dict() || value.kind() == Value::Kind::list)
        throw Error(value.place(), "YAML: a key must be a scalar");
      top.key = std::move(value);
      top.has_key = true;
    } else {
      top.has_key = false;
      if (top.key.is_string() && top.key.as_string() == "<<") {
        const Value::Items from = value.is_dict()       ? Value::Items{value}
                                  : value.is_sequence() ? value.items()
                                                        : Value::Items{Value()};
        for (const Value& one : from) {
          if (!one.is_dict()) throw Error(top.key.place(), "YAML: '<<' needs a map, or a list of maps");
          merged_entries_ += one.as_dict().size();
          if (merged_entries_ > kMostMerged) throw Error(top.key.place(), "YAML: '<<' brings too many keys");
          top.merged.push_back(one);
        }
      } else {
        top.container.as_dict().set(std::move(top.key), std::move(value));
      }
    }
  }

  static constexpr size_t kMostMerged = 1'000'000;

  const Source& source_;
  Value root_;
  std::vector<Open> stack_;
  std::unordered_map<YAML::anchor_t, Value> anchors_;
  size_t merged_entries_ = 0;
};

}  // namespace

Value resolve_yaml_scalar(std::string_view text, const Place& place) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  const auto any_of = [&](std::initializer_list<const char*> words) {
    for (std::string word : words) {
      if (text == word) return true;
      std::string capital = word;
      capital[0] = static_cast<char>(capital[0] - 32);
      if (text == capital) return true;
      for (char& c : word) c = static_cast<char>(c - 32);
      if (text == word) return true;
    }
    return false;
  };
  if (any_of({"true", "yes", "on"})) return true;
  if (any_of({"false", "no", "off"})) return false;
  if (auto value = yaml_integer(text, place)) return *value;
  if (auto value = yaml_float(text)) return *value;
  return std::string(text);
}

Value read_yaml(const Source& source) {
  std::istringstream stream{std::string(source.text())};
  TreeBuilder builder(source);
  try {
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    TreeBuilder rest(source);
    if (parser.HandleNextDocument(rest)) throw Error(source.file(), "YAML: a config is one document; here are several");
  } catch (const YAML::Exception& error) {
    throw Error(error.mark.is_null() ? source.file() : source.place(static_cast<size_t>(error.mark.pos)),
                "YAML: " + error.msg);
  }
  return builder.take();
}

Value read_yaml(std::string text, const std::string& name) { return read_yaml(Source(name, std::move(text))); }

}  // namespace millrace
