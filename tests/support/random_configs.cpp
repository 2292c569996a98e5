#include "tests/support/random_configs.h"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace millrace {

namespace {

/// The alternatives of "int or list of int", but the one of "'a', 'b' or 'c'".
std::vector<std::string> alternatives(const std::string& type) {
  std::vector<std::string> parts;
  std::string rest = type;
  while (true) {
    if (rest.starts_with("'")) {  // a choice of words ends at its last quote
      const size_t end = rest.rfind('\'') + 1;
      parts.push_back(rest.substr(0, end));
      rest = end < rest.size() ? rest.substr(end + 4) : "";
    } else {
      const size_t end = rest.find(" or ");
      parts.push_back(rest.substr(0, end));
      rest = end == std::string::npos ? "" : rest.substr(end + 4);
    }
    if (rest.empty()) return parts;
  }
}

std::vector<std::string> words_of(const std::string& choice) {
  std::vector<std::string> words;
  for (size_t at = 0; (at = choice.find('\'', at)) != std::string::npos;) {
    const size_t end = choice.find('\'', at + 1);
    words.push_back(choice.substr(at + 1, end - at - 1));
    at = end + 1;
  }
  return words;
}

}  // namespace

bool names_kind(const std::string& type_name) {
  static const std::set<std::string> kPlain = {"bool", "int", "float", "str", "path", "any", "dict", "None"};
  for (std::string part : alternatives(type_name)) {
    while (part.starts_with("list of ")) {
      part = part.substr(8);
      while (!part.empty() && (part[0] == ' ' || (part[0] >= '0' && part[0] <= '9'))) part = part.substr(1);
    }
    if (!kPlain.contains(part) && !part.starts_with("'") && !part.starts_with("(") && !part.starts_with("dict of "))
      return true;
  }
  return false;
}

const std::vector<Value>* RandomConfigs::pool_of(const ComponentEntry& entry, const Field& field) const {
  for (const auto& [key, pool] : pools_)
    if (key == field.key() || key == entry.name + "." + field.key()) return &pool;
  return nullptr;
}

Value RandomConfigs::of(const ComponentEntry& entry) {
  Value dict = Value::dict();
  dict.as_dict().set("type", (entry.scope.empty() ? "mmengine." : entry.scope + ".") + entry.name);
  for (const Field& field : entry.schema->fields()) {
    if (field.is_ignored()) continue;
    const std::vector<Value>* pool = pool_of(entry, field);
    if (!field.is_required() && (!chance(0.4) || (!pool && names_kind(field.type_name())))) continue;
    dict.as_dict().set(field.key(), pool ? (*pool)[below(pool->size())] : value_of(field));
  }
  return dict;
}

Value RandomConfigs::value_of(const Field& field) {
  const std::vector<std::string> types = alternatives(field.type_name());
  return value_of_type(types[below(types.size())], field);
}

Value RandomConfigs::value_of_type(const std::string& type, const Field& field) {
  const auto element = [&](const std::string& inner) {
    const std::vector<std::string> types = alternatives(inner);
    return value_of_type(types[below(types.size())], field);
  };
  if (type == "bool") return chance(0.5);
  if (type == "int") return static_cast<int64_t>(number_in(field, true));
  if (type == "float") return number_in(field, false);
  if (type == "str" || type == "path") return "text";
  if (type.starts_with("'")) {
    const std::vector<std::string> words = words_of(type);
    return words[below(words.size())];
  }
  if (type.starts_with("list of ")) {
    std::string inner = type.substr(8);
    char* behind = nullptr;
    const long fixed = std::strtol(inner.c_str(), &behind, 10);
    if (fixed > 0) inner = behind + 1;
    Value list = Value::list();
    const size_t count = fixed > 0 ? static_cast<size_t>(fixed) : 1 + below(4);
    for (size_t i = 0; i < count; ++i) list.items().push_back(element(inner));
    return list;
  }
  if (type.starts_with("(")) {
    Value::Items items;
    std::string rest = type.substr(1, type.size() - 2);
    for (size_t end; (end = rest.find(", ")) != std::string::npos; rest = rest.substr(end + 2))
      items.push_back(element(rest.substr(0, end)));
    items.push_back(element(rest));
    return Value::tuple(std::move(items));
  }
  if (type.starts_with("dict of ")) return Value::dict();
  return {};
}

double RandomConfigs::number_in(const Field& field, bool integral) {
  const std::string range = field.range_text();
  double low = -2, high = 4;
  const auto number_behind = [&](const char* words, double& number) {
    const size_t at = range.find(words);
    if (at != std::string::npos) number = std::strtod(range.c_str() + at + std::string(words).size(), nullptr);
    return at != std::string::npos;
  };
  const bool above = number_behind("above ", low);
  if (number_behind("from ", low)) number_behind(" to ", high);
  else if (number_behind("at least ", low) || above) high = low + 4;
  const bool below_high = number_behind("below ", high);
  number_behind("at most ", high);
  if (chance(0.03)) return low - 1;
  if (integral) {
    const int64_t first = static_cast<int64_t>(low) + above, last = static_cast<int64_t>(high) - below_high;
    return static_cast<double>(
        first + static_cast<int64_t>(below(static_cast<size_t>(std::max<int64_t>(last - first, 0)) + 1)));
  }
  const double share = static_cast<double>(1 + below(7)) / 8;  // ends are often special
  const double inner = low + (high - low) * share;
  if (!above && chance(0.2)) return low;
  return !below_high && chance(0.1) ? high : inner;
}

}  // namespace millrace
