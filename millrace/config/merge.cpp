#include "millrace/config/merge.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace {
namespace {

/// Takes the marker out; true if it asked for a replacement.
bool take_delete(Value& dict) {
  const Value* marker = dict.find(kDeleteKey);
  if (!marker) return false;
  const bool replaces = marker->is_true();
  dict.as_dict().erase(kDeleteKey);
  return replaces;
}

std::string text_of_key(const Value& key) { return key.is_string() ? key.as_string() : key.repr(); }

[[noreturn]] void refuse_dict(const Value& key, const Value& old) {
  Error error(key.place(), fmt::format("'{}' is a dict here, but {} before", text_of_key(key), old.repr()));
  if (old.place().known()) error.note("set at " + old.place().str());
  throw error.help("_delete_=True in the dict replaces what was there");
}

void merge_entry(Value& base, Value key, Value value, bool allow_list_keys);

void merge_entries(Value& base, Dict& child, bool allow_list_keys) {
  for (Dict::Entry& entry : child.entries())
    merge_entry(base, std::move(entry.key), std::move(entry.value), allow_list_keys);
}

bool is_list_index(const Value& key) {
  return key.is_string() && !key.as_string().empty() &&
         std::all_of(key.as_string().begin(), key.as_string().end(), [](char c) { return c >= '0' && c <= '9'; });
}

void merge_list_element(Value& list, const Value& key, Value value, bool allow_list_keys) {
  const std::string& digits = key.as_string();
  const size_t index = digits.size() > 9 ? SIZE_MAX : static_cast<size_t>(std::stoul(digits));
  if (index >= list.items().size()) {
    Error error(key.place(), fmt::format("index {} is outside of the list of length {}", digits, list.items().size()));
    throw error.note(list.repr());
  }
  Value& element = list.items()[index];
  const bool replaces = value.is_dict() && take_delete(value);
  if (!value.is_dict() || replaces) {
    element = std::move(value);
    return;
  }
  if (!element.is_dict() && element.kind() != Value::Kind::list) refuse_dict(key, element);
  merge_entries(element, value.as_dict(), allow_list_keys);
  if (element.is_dict()) element.set_place(value.place());
}

/// A dict that nothing was merged into needs no marker.
void drop_markers(Value& value) {
  if (!value.is_dict()) return;
  value.as_dict().erase(kDeleteKey);
  for (Dict::Entry& entry : value.as_dict().entries()) drop_markers(entry.value);
}

void merge_entry(Value& base, Value key, Value value, bool allow_list_keys) {
  if (base.kind() == Value::Kind::list) {
    if (!allow_list_keys || !is_list_index(key))
      throw Error(key.place(), fmt::format("'{}' is not an index of a list", text_of_key(key))).note(base.repr());
    return merge_list_element(base, key, std::move(value), allow_list_keys);
  }
  Dict& dict = base.as_dict();
  Value* old = dict.find(key);
  if (!value.is_dict() || !old || take_delete(value)) {
    if (!old) drop_markers(value);
    dict.set(std::move(key), std::move(value));
    return;
  }
  const bool fits = old->is_dict() || (allow_list_keys && old->kind() == Value::Kind::list);
  if (!fits) refuse_dict(key, *old);
  Value merged = *old;
  merge_entries(merged, value.as_dict(), allow_list_keys);
  // The dict is now what this file makes of it.
  if (merged.is_dict()) merged.set_place(value.place());
  dict.set(std::move(key), std::move(merged));
}

}  // namespace

void merge_into(Dict& base, Dict& child) {
  for (Dict::Entry& entry : child.entries()) {
    Value* old = base.find(entry.key);
    if (!entry.value.is_dict() || !old || take_delete(entry.value)) {
      base.set(std::move(entry.key), std::move(entry.value));
      continue;
    }
    if (!old->is_dict()) refuse_dict(entry.key, *old);
    Value merged = *old;
    merge_into(merged.as_dict(), entry.value.as_dict());
    base.set(std::move(entry.key), std::move(merged.set_place(entry.value.place())));
  }
}

void merge_options_into(Value& base, Dict& options, bool allow_list_keys) {
  merge_entries(base, options, allow_list_keys);
}

}  // namespace millrace
