#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/python/library.h"

namespace millrace::py {
namespace {

std::vector<std::string> keys_of(const Dict& dict) {
  std::vector<std::string> keys;
  for (const auto& [key, unused] : dict)
    if (key.is_string()) keys.push_back(key.as_string());
  std::sort(keys.begin(), keys.end());
  return keys;
}

/// The positions of a slice, as Python's slice.indices.
struct Range {
  int64_t start, stop, step;
  size_t count() const {
    if (step > 0) return start < stop ? static_cast<size_t>((stop - start - 1) / step + 1) : 0;
    return start > stop ? static_cast<size_t>((start - stop - 1) / -step + 1) : 0;
  }
};

Range range_of(Evaluator& evaluator, const SliceExpr& slice, int64_t size) {
  constexpr int64_t kFurthest[] = {-(int64_t{1} << 60), int64_t{1} << 60};  // beyond any list
  const auto bound = [&](const Expr* node) -> std::optional<int64_t> {
    if (!node) return std::nullopt;
    const Value value = evaluator.evaluate(*node);
    if (value.is_null()) return std::nullopt;
    if (value.is_bool()) return value.as_bool();
    if (value.is_big_integer()) return value.as_big_integer().is_negative() ? kFurthest[0] : kFurthest[1];
    if (!value.is_integer())
      evaluator.fail(node->offset, fmt::format("a slice needs an int, got {}", with_article(value)));
    return std::clamp(value.as_integer(), kFurthest[0], kFurthest[1]);
  };
  const auto start = bound(slice.start), stop = bound(slice.stop), step = bound(slice.step);
  Range range{0, 0, step.value_or(1)};
  if (range.step == 0) evaluator.fail(slice.offset, "the step of a slice cannot be 0");
  const int64_t lowest = range.step > 0 ? 0 : -1;
  const int64_t highest = range.step > 0 ? size : size - 1;
  const auto clip = [&](int64_t value) { return std::clamp(value < 0 ? value + size : value, lowest, highest); };
  range.start = start ? clip(*start) : range.step > 0 ? lowest : highest;
  range.stop = stop ? clip(*stop) : range.step > 0 ? highest : lowest;
  return range;
}

}  // namespace

size_t Evaluator::index_of(const Value& index, size_t size, const char* what, uint32_t offset) {
  if (index.is_big_integer())
    fail(offset, fmt::format("index {} is outside of the {} of length {}", index.repr(), what, size));
  if (!index.is_integer() && !index.is_bool())
    fail(offset, fmt::format("the index of {} is an int, got {}", what, index.repr()));
  const int64_t given = index.is_bool() ? index.as_bool() : index.as_integer();
  const int64_t position = given < 0 ? given + static_cast<int64_t>(size) : given;
  if (position < 0 || position >= static_cast<int64_t>(size))
    fail(offset, fmt::format("index {} is outside of the {} of length {}", given, what, size));
  return static_cast<size_t>(position);
}

Value Evaluator::get_item(const Value& object, const Value& index, uint32_t offset) {
  if (object.is_dict()) {
    check_key(index, offset);
    if (const Value* found = object.as_dict().find(index)) return *found;
    const auto keys = keys_of(object.as_dict());
    const std::string hint = index.is_string() ? did_you_mean(index.as_string(), keys) : "";
    Error error(place(offset), fmt::format("the dict has no key {}{}", index.repr(), hint));
    if (!keys.empty() && keys.size() <= 30) error.note("keys: " + join(keys));
    throw error;
  }
  if (object.kind() == Value::Kind::list || object.kind() == Value::Kind::tuple)
    return object.items()[index_of(index, object.items().size(), object.kind_name(), offset)];
  if (object.is_string()) {
    charge(1 + static_cast<int64_t>(object.as_string().size() / 16), offset);
    const auto characters = characters_of(object.as_string());
    return new_text(std::string(characters[index_of(index, characters.size(), "str", offset)]), offset);
  }
  if (object.is_symbol() && object.as_symbol().path == "os.environ" && index.is_string()) {
    if (const auto value = environment(index.as_string())) return new_text(*value, offset);
    fail(offset, fmt::format("the environment variable '{}' is not set", index.as_string()));
  }
  fail(offset, fmt::format("{} has no items", with_article(object)));
}

Value Evaluator::get_slice(const Value& object, const SliceExpr& slice) {
  if (object.is_string()) {
    const auto characters = characters_of(object.as_string());
    charge(static_cast<int64_t>(characters.size() / 16), slice.offset);
    const Range range = range_of(*this, slice, static_cast<int64_t>(characters.size()));
    std::string out;
    for (size_t i = 0; i < range.count(); ++i)
      out += characters[static_cast<size_t>(range.start + static_cast<int64_t>(i) * range.step)];
    return new_text(std::move(out), slice.offset);
  }
  if (object.kind() != Value::Kind::list && object.kind() != Value::Kind::tuple)
    fail(slice.offset, fmt::format("{} cannot be sliced", with_article(object)));
  const Range range = range_of(*this, slice, static_cast<int64_t>(object.items().size()));
  charge(static_cast<int64_t>(range.count()), slice.offset);
  Value::Items items;
  items.reserve(range.count());
  for (size_t i = 0; i < range.count(); ++i)
    items.push_back(object.items()[static_cast<size_t>(range.start + static_cast<int64_t>(i) * range.step)]);
  return new_like(object, std::move(items), slice.offset);
}

void Evaluator::set_item(Value object, const Value& index, Value value, uint32_t offset) {
  if (object.is_dict()) {
    check_key(index, offset);
    adopt_changed(object);
    store(object.as_dict(), Value(index).set_place(place(offset)), std::move(value), offset);
  } else if (object.kind() == Value::Kind::list) {
    adopt_changed(object);
    object.items()[index_of(index, object.items().size(), "list", offset)] = std::move(value);
  } else {
    fail(offset, fmt::format("the items of {} cannot be set", with_article(object)));
  }
}

void Evaluator::set_slice(Value object, const SliceExpr& slice, const Value& value) {
  if (object.kind() != Value::Kind::list)
    fail(slice.offset, fmt::format("the items of {} cannot be set", with_article(object)));
  const Value::Items with = iterate(value, slice.offset);
  Value::Items& items = object.items();
  const Range range = range_of(*this, slice, static_cast<int64_t>(items.size()));
  charge(static_cast<int64_t>(items.size() + with.size()), slice.offset);
  adopt_changed(object);
  if (range.step == 1) {
    const auto begin = items.begin() + static_cast<std::ptrdiff_t>(range.start);
    const auto after = items.erase(begin, begin + static_cast<std::ptrdiff_t>(range.count()));
    items.insert(after, with.begin(), with.end());
    return;
  }
  if (with.empty()) {
    std::vector<bool> removed(items.size(), false);
    for (size_t i = 0; i < range.count(); ++i)
      removed[static_cast<size_t>(range.start + static_cast<int64_t>(i) * range.step)] = true;
    Value::Items kept;
    for (size_t i = 0; i < items.size(); ++i)
      if (!removed[i]) kept.push_back(items[i]);
    items = std::move(kept);
    return;
  }
  if (with.size() != range.count())
    fail(slice.offset, fmt::format("cannot assign {} values to a slice of {}", with.size(), range.count()));
  for (size_t i = 0; i < with.size(); ++i)
    items[static_cast<size_t>(range.start + static_cast<int64_t>(i) * range.step)] = with[i];
}

void Evaluator::delete_item(Value object, const Value& index, uint32_t offset) {
  if (object.is_dict()) {
    get_item(object, index, offset);  // fails if it does not exist
    charge(static_cast<int64_t>(object.as_dict().size() / 8), offset);
    object.as_dict().erase(index);
  } else if (object.kind() == Value::Kind::list) {
    charge(static_cast<int64_t>(object.items().size() / 8), offset);
    object.items().erase(object.items().begin() +
                         static_cast<std::ptrdiff_t>(index_of(index, object.items().size(), "list", offset)));
  } else {
    fail(offset, fmt::format("the items of {} cannot be deleted", with_article(object)));
  }
}

Value Evaluator::get_attribute(const Value& object, std::string_view name, uint32_t offset) {
  if (object.is_symbol()) {
    const Symbol& symbol = object.as_symbol();
    if (dynamic_cast<const StandardModule*>(symbol.body.get())) {
      if (auto found = module_attribute(symbol.path, name)) return found->set_place(place(offset));
    } else if (symbol.path == "builtins.dict" || symbol.path == "builtins.str") {
      if (const Method method =
              symbol.path == "builtins.str" ? find_string_method(name) : find_dict_method(name, false)) {
        auto body = std::make_shared<BoundMethod>();
        body->self = object;
        body->name = name;
        return Value(Symbol{symbol.path + "." + std::string(name), std::move(body)});
      }
    } else if (dynamic_cast<const Builtin*>(symbol.body.get()) ||
               dynamic_cast<const UserFunction*>(symbol.body.get())) {
      fail(offset, fmt::format("{} has no attribute '{}'", symbol.path, name));
    }
    if (name.starts_with("__")) fail(offset, fmt::format("'{}' is not part of the config language", name));
    charge_text(symbol.path.size(), offset);
    return Value(Symbol{symbol.path + "." + std::string(name)}).set_place(place(offset));
  }
  if (find_method(object, name)) {
    auto body = std::make_shared<BoundMethod>();
    body->self = object;
    body->name = name;
    return Value(Symbol{"builtins." + std::string(name), std::move(body)}).set_place(place(offset));
  }
  if (object.is_dict() && object.as_dict().is_config()) {
    if (const Value* found = object.as_dict().find(name)) return *found;
    const auto keys = keys_of(object.as_dict());
    Error error(place(offset), fmt::format("there is no '{}'{}", name, did_you_mean(name, keys)));
    if (!keys.empty() && keys.size() <= 30) error.note("keys: " + join(keys));
    throw error;
  }
  if (object.is_dict()) {
    if (object.find(name)) fail(offset, fmt::format("a dict has no attributes; write ['{}']", name));
    std::string hint;
    for (const char* method :
         {"clear", "copy", "get", "items", "keys", "pop", "popitem", "setdefault", "update", "values"})
      if (edit_distance(name, method) == 1) hint = fmt::format("; did you mean '{}'?", method);
    fail(offset, fmt::format("a dict has no attribute '{}'{}", name, hint));
  }
  fail(offset, fmt::format("{} has no attribute '{}'", with_article(object), name));
}

void Evaluator::store(Dict& dict, Value key, Value value, uint32_t offset) {
  if (dict.is_config()) dict.set(std::move(key), as_config(value, offset));
  else dict.set(std::move(key), std::move(value));
}

Value Evaluator::as_config(const Value& value, uint32_t offset) {
  if (value.is_dict()) {
    if (value.as_dict().is_config()) return value;
    Deeper deeper(*this, offset);
    charge(static_cast<int64_t>(value.as_dict().size()), offset);
    Value out = Value::dict().set_place(value.place());
    adopt_changed(out);
    out.as_dict().mark_config();
    for (const auto& [key, item] : value.as_dict()) out.as_dict().set(key, as_config(item, offset));
    return out;
  }
  if (value.kind() == Value::Kind::list || value.kind() == Value::Kind::tuple) {
    Deeper deeper(*this, offset);
    charge(static_cast<int64_t>(value.items().size()), offset);
    Value::Items items;
    items.reserve(value.items().size());
    for (const Value& item : value.items()) items.push_back(as_config(item, offset));
    Value out = (value.kind() == Value::Kind::list ? Value::list(std::move(items)) : Value::tuple(std::move(items)))
                    .set_place(value.place());
    adopt_changed(out);
    return out;
  }
  return value;
}

Value Evaluator::copy_shallow(const Value& value, uint32_t offset) {
  if (value.is_dict()) {
    charge(static_cast<int64_t>(value.as_dict().size()), offset);
    Value out = value.as_dict().is_config() ? new_config(offset) : new_dict(offset);
    out.set_place(value.place());
    for (const auto& [key, item] : value.as_dict()) store(out.as_dict(), key, item, offset);
    return out;
  }
  if (value.is_sequence() && value.kind() != Value::Kind::tuple)
    return new_like(value, iterate(value, offset), offset).set_place(value.place());
  return value;
}

namespace {

using Copies = std::unordered_map<const void*, Value>;

Value copy_with(Evaluator& evaluator, const Value& value, Copies& copies, uint32_t offset) {
  if (!value.is_sequence() && !value.is_dict()) return value;
  Evaluator::Deeper deeper(evaluator, offset);
  const void* id = value.is_dict() ? static_cast<const void*>(&value.as_dict()) : &value.items();
  if (const auto found = copies.find(id); found != copies.end()) return Value(found->second).set_place(value.place());
  Value copy = value.is_dict()
                   ? (value.as_dict().is_config() ? evaluator.new_config(offset) : evaluator.new_dict(offset))
                   : evaluator.new_like(value, {}, offset);
  copy.set_place(value.place());
  copies.emplace(id, copy);
  if (value.is_dict()) {
    evaluator.charge(static_cast<int64_t>(value.as_dict().size()), offset);
    for (const auto& [key, item] : value.as_dict()) copy.as_dict().set(key, copy_with(evaluator, item, copies, offset));
  } else {
    evaluator.charge(static_cast<int64_t>(value.items().size()), offset);
    for (const Value& item : value.items()) copy.items().push_back(copy_with(evaluator, item, copies, offset));
  }
  return copy;
}

}  // namespace

Value Evaluator::copy_deep(const Value& value, uint32_t offset) {
  Copies copies;
  return copy_with(*this, value, copies, offset);
}

}  // namespace millrace::py
