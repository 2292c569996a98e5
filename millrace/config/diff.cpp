#include "millrace/config/diff.h"

#include <cmath>

#include "millrace/config/dump.h"

namespace millrace {
namespace {

std::string below(const std::string& path, const std::string& name) { return path.empty() ? name : path + "." + name; }

bool same_scalar(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return false;
  if (a.is_number() && std::isnan(a.as_number())) return std::isnan(b.as_number());
  return a == b;
}

void compare_trees(const Value& a, const Value& b, const std::string& path, std::vector<Difference>& out) {
  if (a.is_dict() && b.is_dict()) {
    const auto name = [](const Value& key) { return key.is_string() ? key.as_string() : key.repr(); };
    for (const auto& [key, value] : a.as_dict()) {
      const Value* other = b.as_dict().find(key);
      if (other) compare_trees(value, *other, below(path, name(key)), out);
      else out.push_back({below(path, name(key)), value, std::nullopt});
    }
    for (const auto& [key, value] : b.as_dict())
      if (!a.as_dict().find(key)) out.push_back({below(path, name(key)), std::nullopt, value});
    return;
  }
  const bool lists = a.kind() == b.kind() && a.is_sequence() && a.kind() != Value::Kind::set;
  if (lists && a.items().size() == b.items().size()) {
    for (size_t i = 0; i < a.items().size(); ++i)
      compare_trees(a.items()[i], b.items()[i], below(path, std::to_string(i)), out);
    return;
  }
  if (!same_scalar(a, b)) out.push_back({path, a, b});
}

}  // namespace

std::vector<Difference> diff(const Value& before, const Value& after) {
  std::vector<Difference> out;
  compare_trees(before, after, "", out);
  return out;
}

std::string diff_text(const std::vector<Difference>& differences) {
  std::string out;
  for (const Difference& difference : differences) {
    if (difference.before) out += "- " + difference.path + " = " + to_python_expression(*difference.before) + "\n";
    if (difference.after) out += "+ " + difference.path + " = " + to_python_expression(*difference.after) + "\n";
  }
  return out;
}

bool same_tree(const Value& a, const Value& b) { return diff(a, b).empty(); }

}  // namespace millrace
