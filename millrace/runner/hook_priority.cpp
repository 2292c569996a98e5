#include "millrace/runner/hook_priority.h"

#include <utility>
#include <vector>

#include "millrace/base/text.h"
#include "millrace/runner/hook.h"

namespace millrace {

namespace {

constexpr std::pair<const char*, int> kPriorities[] = {
    {"HIGHEST", Hook::kHighest}, {"VERY_HIGH", Hook::kVeryHigh},
    {"HIGH", Hook::kHigh},       {"ABOVE_NORMAL", Hook::kAboveNormal},
    {"NORMAL", Hook::kNormal},   {"BELOW_NORMAL", Hook::kBelowNormal},
    {"LOW", Hook::kLow},         {"VERY_LOW", Hook::kVeryLow},
    {"LOWEST", Hook::kLowest}};

[[maybe_unused]] const bool priority_key_is_known = [] {
  ComponentTable::instance().add_shared_key(
      {Hook::kKind, "priority", "smaller runs earlier: 0 to 100, or HIGHEST … LOWEST",
       [](const Value& value, Binder& binder) { parse_priority(value, binder); }});
  return true;
}();

}  // namespace

int parse_priority(const Value& value, Binder& binder) {
  if (value.is_integer()) {
    if (value.as_integer() >= 0 && value.as_integer() <= 100) return static_cast<int>(value.as_integer());
    binder.mistake(value, binder.subject() + " must be from 0 to 100, got " + value.repr());
    return Hook::kNormal;
  }
  std::vector<std::string> names;
  for (const auto& [name, level] : kPriorities) {
    names.emplace_back(name);
    if (value.is_string() && to_lower(value.as_string()) == to_lower(name)) return level;
  }
  if (value.is_string())
    binder.mistake(value, binder.subject() + " must be " + quoted_choice(names) + " or a number, got " + value.repr() +
                              did_you_mean(value.as_string(), names));
  else binder.wrong_type(value, "a number from 0 to 100 or the name of a level");
  return Hook::kNormal;
}

std::string priority_name(int priority) {
  for (const auto& [name, level] : kPriorities)
    if (level == priority) return name;
  return std::to_string(priority);
}

}  // namespace millrace
