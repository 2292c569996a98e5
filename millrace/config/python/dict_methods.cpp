#include <fmt/format.h>

#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/config/python/library.h"

namespace millrace::py {
namespace {

Value dict_keys(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "keys", {}, 0);
  return evaluator.new_list(evaluator.iterate(self, args.offset), args.offset);
}

Value dict_values(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "values", {}, 0);
  evaluator.charge(static_cast<int64_t>(self.as_dict().size()), args.offset);
  Value::Items items;
  for (const auto& [key, value] : self.as_dict().entries()) items.push_back(value);
  return evaluator.new_list(std::move(items), args.offset);
}

Value dict_items(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "items", {}, 0);
  evaluator.charge(static_cast<int64_t>(self.as_dict().size()), args.offset);
  Value::Items items;
  for (const auto& [key, value] : self.as_dict().entries())
    items.push_back(evaluator.new_tuple({key, value}, args.offset));
  return evaluator.new_list(std::move(items), args.offset);
}

Value dict_get(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "get", {"key", "default"}, 1);
  evaluator.check_key(*bound[0], args.offset);
  const Value* found = self.as_dict().find(*bound[0]);
  return found ? *found : bound[1] ? *bound[1] : Value();
}

Value remove(Evaluator& evaluator, Value& self, const Value& key, uint32_t offset) {
  evaluator.charge(static_cast<int64_t>(self.as_dict().size() / 8), offset);
  Value value = *self.as_dict().find(key);
  self.as_dict().erase(key);
  return value;
}

Value dict_pop(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "pop", {"key", "default"}, 1);
  evaluator.check_key(*bound[0], args.offset);
  if (self.as_dict().find(*bound[0])) return remove(evaluator, self, *bound[0], args.offset);
  if (bound[1]) return *bound[1];
  if (self.as_dict().is_config()) return {};
  return evaluator.get_item(self, *bound[0], args.offset);  // fails
}

Value dict_popitem(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "popitem", {}, 0);
  if (self.as_dict().empty()) evaluator.fail(args.offset, "popitem() of an empty dict");
  const Value key = self.as_dict().entries().back().key;
  return evaluator.new_tuple({key, remove(evaluator, self, key, args.offset)}, args.offset);
}

Value dict_setdefault(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "setdefault", {"key", "default"}, 1);
  evaluator.check_key(*bound[0], args.offset);
  if (const Value* found = self.as_dict().find(*bound[0])) return *found;
  const Value fallback = bound[1] ? *bound[1] : Value();
  evaluator.adopt_changed(self);
  evaluator.store(self.as_dict(), Value(*bound[0]).set_place(evaluator.place(args.offset)), fallback, args.offset);
  return fallback;
}

/// What update() is given, as a dict: a dict, pairs, keywords.
Value updates(Evaluator& evaluator, Arguments& args) {
  Arguments copy = args;
  return evaluator.call(*find_builtin("dict"), copy);
}

/// What `x.update(other)` does to a config: a dict goes into a dict, anything else replaces.
void update_config(Evaluator& evaluator, Value self, const Value& other, uint32_t offset) {
  Evaluator::Deeper deeper(evaluator, offset);
  evaluator.adopt_changed(self);
  const std::vector<Dict::Entry> entries = other.as_dict().entries();  // a copy: `other` may lie inside of `self`
  for (const auto& [key, value] : entries) {
    evaluator.charge(1, offset);
    const Value* found = self.as_dict().find(key);
    if (found && found->is_dict() && value.is_dict()) update_config(evaluator, *found, value, offset);
    else evaluator.store(self.as_dict(), key, value, offset);
  }
}

Value dict_update(Evaluator& evaluator, Value self, Arguments& args) {
  const Value other = updates(evaluator, args);
  if (self.as_dict().is_config()) {
    update_config(evaluator, self, other, args.offset);
    return {};
  }
  evaluator.adopt_changed(self);
  for (const auto& [key, value] : other.as_dict()) self.as_dict().set(key, value);
  return {};
}

Value dict_clear(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "clear", {}, 0);
  self.as_dict().clear();
  return {};
}

Value dict_copy(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "copy", {}, 0);
  return evaluator.copy_shallow(self, args.offset);
}

Value dict_fromkeys(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "fromkeys", {"iterable", "value"}, 1);
  Value out = evaluator.new_dict(args.offset);
  for (const Value& key : evaluator.iterate(*bound[0], args.offset)) {
    evaluator.check_key(key, args.offset);
    out.as_dict().set(key, bound[1] ? *bound[1] : Value());
  }
  return out;
}

constexpr std::string_view kDelete = "_delete_";

/// What becomes of `a` merged into `b` (null: there was nothing): a dict goes into a dict, `_delete_` empties it first.
Value merged_value(Evaluator& evaluator, Value a, const Value* b, uint32_t offset) {
  if (!a.is_dict()) return a;
  Evaluator::Deeper deeper(evaluator, offset);
  const Value* marker = a.find(kDelete);
  const bool replaces = marker && marker->is_true();
  a.as_dict().erase(kDelete);
  if (!b || !b->is_dict()) return a;
  Value out = evaluator.new_dict(offset).set_place(a.place());
  evaluator.charge(static_cast<int64_t>(a.as_dict().size() + b->as_dict().size()), offset);
  if (!replaces)
    for (const auto& [key, value] : b->as_dict())
      if (!(key.is_string() && key.as_string() == kDelete)) out.as_dict().set(key, value);
  for (const auto& [key, value] : a.as_dict()) {
    const Value* before = out.as_dict().find(key);
    const Value held = before ? *before : Value();
    out.as_dict().set(key, merged_value(evaluator, value, before ? &held : nullptr, offset));
  }
  return out;
}

Value config_merge(Evaluator& evaluator, Value self, Arguments& args) {
  const Value& other = *args.bind(evaluator, "merge", {"other"}, 1)[0];
  if (!other.is_dict()) evaluator.fail(args.offset, fmt::format("merge() needs a dict, got {}", with_article(other)));
  const Value before = evaluator.copy_deep(self, args.offset);
  const Value merged = merged_value(evaluator, evaluator.copy_deep(other, args.offset), &before, args.offset);
  evaluator.adopt_changed(self);
  self.as_dict().clear();
  for (const auto& [key, value] : merged.as_dict()) evaluator.store(self.as_dict(), key, value, args.offset);
  return {};
}

Value config_to_dict(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "to_dict", {}, 0);
  Value out = evaluator.new_dict(args.offset);
  const Value copy = evaluator.copy_deep(self, args.offset);
  for (const auto& [key, value] : copy.as_dict()) out.as_dict().set(key, value);
  return out;
}

}  // namespace

Method find_dict_method(std::string_view name, bool is_config) {
  static const std::unordered_map<std::string_view, Method> table = {
      {"keys", dict_keys},   {"values", dict_values},   {"items", dict_items},           {"get", dict_get},
      {"pop", dict_pop},     {"popitem", dict_popitem}, {"setdefault", dict_setdefault}, {"update", dict_update},
      {"clear", dict_clear}, {"copy", dict_copy},       {"fromkeys", dict_fromkeys},
  };
  if (const auto found = table.find(name); found != table.end()) return found->second;
  if (is_config && name == "merge") return config_merge;
  if (is_config && name == "to_dict") return config_to_dict;
  return nullptr;
}

}  // namespace millrace::py
