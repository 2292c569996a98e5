#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "millrace/base/error.h"
#include "millrace/config/python/library.h"

namespace millrace::py {
namespace {

Value list_append(Evaluator& evaluator, Value self, Arguments& args) {
  const Value item = *args.bind(evaluator, "append", {"object"}, 1)[0];
  evaluator.adopt_changed(self);
  self.items().push_back(item);
  return {};
}

Value list_extend(Evaluator& evaluator, Value self, Arguments& args) {
  const Value::Items more = evaluator.iterate(*args.bind(evaluator, "extend", {"iterable"}, 1)[0], args.offset);
  evaluator.adopt_changed(self);
  self.items().insert(self.items().end(), more.begin(), more.end());
  return {};
}

Value list_insert(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "insert", {"index", "object"}, 2);
  if (!bound[0]->is_integer()) evaluator.fail(args.offset, "insert() needs an index");
  const auto size = static_cast<int64_t>(self.items().size());
  int64_t index = bound[0]->as_integer();
  index = std::clamp<int64_t>(index < 0 ? std::max(index, -size) + size : index, 0, size);
  evaluator.charge(1 + size / 8, args.offset);
  evaluator.adopt_changed(self);
  const Value item = *bound[1];
  self.items().insert(self.items().begin() + index, item);
  return {};
}

Value list_pop(Evaluator& evaluator, Value self, Arguments& args) {
  const auto bound = args.bind(evaluator, "pop", {"index"}, 0);
  if (self.items().empty()) evaluator.fail(args.offset, "pop() of an empty list");
  const size_t index = evaluator.index_of(bound[0] ? *bound[0] : Value(-1), self.items().size(), "list", args.offset);
  Value item = self.items()[index];
  evaluator.charge(1 + static_cast<int64_t>((self.items().size() - index) / 8), args.offset);
  self.items().erase(self.items().begin() + static_cast<std::ptrdiff_t>(index));
  return item;
}

size_t position_of(Evaluator& evaluator, const Value& self, const Value& item, uint32_t offset) {
  for (size_t i = 0; i < self.items().size(); ++i) {
    evaluator.charge(1, offset);
    if (evaluator.equal(self.items()[i], item, offset)) return i;
  }
  evaluator.fail(offset, fmt::format("{} is not in the {}", item.repr(), self.kind_name()));
}

Value list_remove(Evaluator& evaluator, Value self, Arguments& args) {
  const size_t index = position_of(evaluator, self, *args.bind(evaluator, "remove", {"value"}, 1)[0], args.offset);
  self.items().erase(self.items().begin() + static_cast<std::ptrdiff_t>(index));
  return {};
}

Value list_index(Evaluator& evaluator, Value self, Arguments& args) {
  return static_cast<int64_t>(
      position_of(evaluator, self, *args.bind(evaluator, "index", {"value"}, 1)[0], args.offset));
}

Value list_count(Evaluator& evaluator, Value self, Arguments& args) {
  const Value& item = *args.bind(evaluator, "count", {"value"}, 1)[0];
  int64_t count = 0;
  for (const Value& other : evaluator.iterate(self, args.offset)) count += evaluator.equal(other, item, args.offset);
  return count;
}

Value list_reverse(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "reverse", {}, 0);
  std::reverse(self.items().begin(), self.items().end());
  return {};
}

Value list_sort(Evaluator& evaluator, Value self, Arguments& args) {
  Arguments passed = args;
  passed.positional.insert(passed.positional.begin(), self);
  const Value sorted = evaluator.call(*find_builtin("sorted"), passed);
  evaluator.adopt_changed(self);
  self.items() = sorted.items();
  return {};
}

Value list_clear(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "clear", {}, 0);
  self.items().clear();
  return {};
}

Value list_copy(Evaluator& evaluator, Value self, Arguments& args) {
  args.bind(evaluator, "copy", {}, 0);
  return evaluator.copy_shallow(self, args.offset);
}

Value set_add(Evaluator& evaluator, Value self, Arguments& args) {
  const Value item = *args.bind(evaluator, "add", {"object"}, 1)[0];
  evaluator.check_key(item, args.offset);
  if (evaluator.contains(self, item, args.offset)) return {};
  evaluator.adopt_changed(self);
  self.items().push_back(item);
  return {};
}

Value set_update(Evaluator& evaluator, Value self, Arguments& args) {
  for (const Value& more : args.positional)
    for (const Value& item : evaluator.iterate(more, args.offset)) {
      Arguments one{{item}, {}, args.offset};
      set_add(evaluator, self, one);
    }
  return {};
}

Value set_discard(Evaluator& evaluator, Value self, Arguments& args) {
  const Value& item = *args.bind(evaluator, "discard", {"object"}, 1)[0];
  if (evaluator.contains(self, item, args.offset)) list_remove(evaluator, self, args);
  return {};
}

Value set_combined(Evaluator& evaluator, const Value& self, Arguments& args, Op op) {
  Value out = self;
  for (const Value& more : args.positional) {
    Arguments one{{more}, {}, args.offset};
    out = evaluator.binary(op, out, evaluator.call(*find_builtin("set"), one), args.offset);
  }
  return out;
}
Value set_union(Evaluator& e, Value self, Arguments& a) { return set_combined(e, self, a, Op::bit_or); }
Value set_intersection(Evaluator& e, Value self, Arguments& a) { return set_combined(e, self, a, Op::bit_and); }
Value set_difference(Evaluator& e, Value self, Arguments& a) { return set_combined(e, self, a, Op::subtract); }

using Methods = std::unordered_map<std::string_view, Method>;

Method look_up(const Methods& table, std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace

Method find_list_method(std::string_view name) {
  static const Methods table = {{"append", list_append}, {"extend", list_extend},   {"insert", list_insert},
                                {"pop", list_pop},       {"remove", list_remove},   {"index", list_index},
                                {"count", list_count},   {"reverse", list_reverse}, {"sort", list_sort},
                                {"clear", list_clear},   {"copy", list_copy}};
  return look_up(table, name);
}

Method find_tuple_method(std::string_view name) {
  static const Methods table = {{"index", list_index}, {"count", list_count}};
  return look_up(table, name);
}

Method find_set_method(std::string_view name) {
  static const Methods table = {{"add", set_add},
                                {"update", set_update},
                                {"discard", set_discard},
                                {"remove", list_remove},
                                {"clear", list_clear},
                                {"copy", list_copy},
                                {"union", set_union},
                                {"intersection", set_intersection},
                                {"difference", set_difference}};
  return look_up(table, name);
}

}  // namespace millrace::py
