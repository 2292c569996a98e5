#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/numbers.h"

namespace millrace::py {
namespace {

using ItemsRef = const Value::Items&;

int64_t integer_argument(Evaluator& evaluator, const Value& value, const char* function, uint32_t offset) {
  if (value.is_bool()) return value.as_bool();
  if (value.is_big_integer())
    evaluator.fail(offset, fmt::format("{}() needs an int of 64 bits, got {}", function, value.repr()));
  if (!value.is_integer())
    evaluator.fail(offset, fmt::format("{}() needs an int, got {}", function, with_article(value)));
  return value.as_integer();
}

/// The argument, an int of any size or a bool as one.
BigInteger any_integer(Evaluator& evaluator, const Value& value, const char* function, uint32_t offset) {
  if (!is_int(value)) evaluator.fail(offset, fmt::format("{}() needs an int, got {}", function, with_article(value)));
  return integer_of(value);
}

double number_of(Evaluator& evaluator, const Value& value, const char* function, uint32_t offset) {
  if (!is_numeric(value))
    evaluator.fail(offset, fmt::format("{}() needs an int, got {}", function, with_article(value)));
  return float_of(evaluator, value, offset);
}

Value builtin_dict(Evaluator& evaluator, Arguments& args) {
  if (args.positional.size() > 1) evaluator.fail(args.offset, "dict() takes one positional argument");
  Value out = evaluator.new_dict(args.offset);
  Dict& dict = out.as_dict();
  if (!args.positional.empty()) {
    const Value& from = args.positional[0];
    if (from.is_dict()) {
      evaluator.charge(static_cast<int64_t>(from.as_dict().size()), args.offset);
      for (const auto& [key, value] : from.as_dict()) dict.set(key, value);
    } else {
      for (const Value& pair : evaluator.iterate(from, args.offset)) {
        const Value::Items items = evaluator.iterate(pair, args.offset);
        if (items.size() != 2) evaluator.fail(args.offset, "dict() needs pairs of a key and a value");
        evaluator.check_key(items[0], args.offset);
        dict.set(items[0], items[1]);
      }
    }
  }
  for (auto& [key, value] : args.named) dict.set(std::move(key), std::move(value));
  return out;
}

Value::Items elements(Evaluator& evaluator, Arguments& args, std::string_view function) {
  const auto bound = args.bind(evaluator, function, {"iterable"}, 0);
  return bound[0] ? evaluator.iterate(*bound[0], args.offset) : Value::Items();
}

Value builtin_list(Evaluator& evaluator, Arguments& args) {
  return evaluator.new_list(elements(evaluator, args, "list"), args.offset);
}
Value builtin_tuple(Evaluator& evaluator, Arguments& args) {
  return evaluator.new_tuple(elements(evaluator, args, "tuple"), args.offset);
}

Value builtin_set(Evaluator& evaluator, Arguments& args) {
  Dict members;  // for its look-up
  for (Value& item : elements(evaluator, args, "set")) {
    evaluator.check_key(item, args.offset);
    if (!members.find(item)) members.set(std::move(item), Value());
  }
  Value::Items items;
  for (const auto& [member, unused] : members) items.push_back(member);
  return evaluator.new_like(Value::set(), std::move(items), args.offset);
}

Value builtin_str(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "str", {"object"}, 0);
  return evaluator.new_text(bound[0] ? evaluator.to_text(*bound[0], args.offset) : "", args.offset);
}

Value builtin_repr(Evaluator& evaluator, Arguments& args) {
  return evaluator.new_text(evaluator.to_repr(*args.bind(evaluator, "repr", {"object"}, 1)[0], args.offset),
                            args.offset);
}

Value builtin_int(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "int", {"x", "base"}, 0);
  if (!bound[0]) return int64_t{0};
  const Value& value = *bound[0];
  if (value.is_number()) return new_integer(evaluator, std::trunc(value.as_number()), "int", args.offset);
  if (!value.is_string()) return Value::integer(any_integer(evaluator, value, "int", args.offset));
  std::string digits(to_lower(trim(value.as_string())));
  std::erase(digits, '_');
  const int64_t base = bound[1] ? integer_argument(evaluator, *bound[1], "int", args.offset) : 10;
  if (base < 2 || base > 36) evaluator.fail(args.offset, "the base of int() is between 2 and 36");
  const size_t first = digits.starts_with('-') || digits.starts_with('+') ? 1 : 0;
  const std::string_view prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
  if (std::string_view(digits).substr(first).starts_with(prefix)) digits.erase(first, prefix.size());
  const auto result = read_integer(digits, static_cast<int>(base), evaluator.place(args.offset));
  if (!result) evaluator.fail(args.offset, fmt::format("int() cannot read {}", value.repr()));
  evaluator.charge_text(digits.size(), args.offset);
  return *result;
}

Value builtin_float(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "float", {"x"}, 0);
  if (!bound[0]) return 0.0;
  if (!bound[0]->is_string()) return number_of(evaluator, *bound[0], "float", args.offset);
  std::string text = to_lower(trim(bound[0]->as_string()));
  std::erase(text, '_');
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.erase(0, 1);
  double result = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), result);
  if (text.empty() || text[0] == '-' || code == std::errc::invalid_argument || end != text.data() + text.size())
    evaluator.fail(args.offset, fmt::format("float() cannot read {}", bound[0]->repr()));
  if (code == std::errc::result_out_of_range) result = text.find("e-") == std::string::npos ? HUGE_VAL : 0;
  return negative ? -result : result;
}

Value builtin_bool(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "bool", {"x"}, 0);
  return bound[0] && bound[0]->is_true();
}

Value builtin_len(Evaluator& evaluator, Arguments& args) {
  const Value& value = *args.bind(evaluator, "len", {"object"}, 1)[0];
  if (value.is_string()) return static_cast<int64_t>(character_count(value.as_string()));
  if (value.is_dict()) return static_cast<int64_t>(value.as_dict().size());
  if (value.is_sequence()) return static_cast<int64_t>(value.items().size());
  evaluator.fail(args.offset, fmt::format("{} has no length", with_article(value)));
}

Value builtin_range(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "range", {"start", "stop", "step"}, 1);
  int64_t start = integer_argument(evaluator, *bound[0], "range", args.offset);
  int64_t stop = start;
  if (bound[1]) stop = integer_argument(evaluator, *bound[1], "range", args.offset);
  else start = 0;
  const int64_t step = bound[2] ? integer_argument(evaluator, *bound[2], "range", args.offset) : 1;
  if (step == 0) evaluator.fail(args.offset, "the step of range() cannot be 0");
  Value::Items items;
  const Place place = evaluator.place(args.offset);
  for (int64_t i = start; step > 0 ? i < stop : i > stop;) {
    evaluator.charge(1, args.offset);
    items.push_back(Value(i).set_place(place));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  return evaluator.new_list(std::move(items), args.offset);
}

Value builtin_enumerate(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "enumerate", {"iterable", "start"}, 1);
  int64_t number = bound[1] ? integer_argument(evaluator, *bound[1], "enumerate", args.offset) : 0;
  Value::Items items = evaluator.iterate(*bound[0], args.offset);
  const Place place = evaluator.place(args.offset);
  for (Value& item : items)
    item = evaluator.new_tuple({Value(number++).set_place(place), std::move(item)}, args.offset);
  return evaluator.new_list(std::move(items), args.offset);
}

Value builtin_zip(Evaluator& evaluator, Arguments& args) {
  std::vector<Value::Items> columns;
  size_t rows = SIZE_MAX;
  for (const Value& value : args.positional) {
    columns.push_back(evaluator.iterate(value, args.offset));
    rows = std::min(rows, columns.back().size());
  }
  for (const auto& [key, value] : args.named)
    if (key.as_string() != "strict")
      evaluator.fail(args.offset, fmt::format("zip() has no parameter '{}'", key.as_string()));
  Value::Items items;
  for (size_t i = 0; !columns.empty() && i < rows; ++i) {
    Value::Items row;
    for (const Value::Items& column : columns) row.push_back(column[i]);
    items.push_back(evaluator.new_tuple(std::move(row), args.offset));
  }
  return evaluator.new_list(std::move(items), args.offset);
}

Value call_one(Evaluator& evaluator, const Value& function, Value argument, uint32_t offset) {
  evaluator.charge(1, offset);
  Arguments passed{{std::move(argument)}, {}, offset};
  return evaluator.call(function, passed);
}

Value builtin_map(Evaluator& evaluator, Arguments& args) {
  if (args.positional.size() < 2) evaluator.fail(args.offset, "map() needs a function and a list");
  Arguments rows{{args.positional.begin() + 1, args.positional.end()}, {}, args.offset};
  Value::Items items;
  for (const Value& row : builtin_zip(evaluator, rows).items()) {
    Arguments passed{row.items(), {}, args.offset};
    evaluator.charge(1, args.offset);
    items.push_back(evaluator.call(args.positional[0], passed));
  }
  return evaluator.new_list(std::move(items), args.offset);
}

Value builtin_filter(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "filter", {"function", "iterable"}, 2);
  Value::Items items;
  for (Value& item : evaluator.iterate(*bound[1], args.offset))
    if ((bound[0]->is_null() ? item : call_one(evaluator, *bound[0], item, args.offset)).is_true())
      items.push_back(std::move(item));
  return evaluator.new_list(std::move(items), args.offset);
}

Value builtin_sum(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "sum", {"iterable", "start"}, 1);
  Value total = bound[1] ? *bound[1] : Value(int64_t{0});
  if (total.is_string()) evaluator.fail(args.offset, "sum() does not join strings; use ''.join(…)");
  for (const Value& item : evaluator.iterate(*bound[0], args.offset))
    total = evaluator.binary(Op::add, total, item, args.offset);
  return total;
}

Value extreme(Evaluator& evaluator, Arguments& args, const char* function, bool largest) {
  const Value* key = nullptr;
  const Value* fallback = nullptr;
  for (const auto& [name, value] : args.named) {
    if (name.as_string() == "key") key = &value;
    else if (name.as_string() == "default") fallback = &value;
    else evaluator.fail(args.offset, fmt::format("{}() has no parameter '{}'", function, name.as_string()));
  }
  if (args.positional.empty()) evaluator.fail(args.offset, fmt::format("{}() needs values", function));
  const Value::Items items =
      args.positional.size() == 1 ? evaluator.iterate(args.positional[0], args.offset) : args.positional;
  if (items.empty()) {
    if (fallback) return *fallback;
    evaluator.fail(args.offset, fmt::format("{}() of nothing", function));
  }
  size_t best = 0;
  Value best_key = key ? call_one(evaluator, *key, items[0], args.offset) : items[0];
  for (size_t i = 1; i < items.size(); ++i) {
    Value candidate = key ? call_one(evaluator, *key, items[i], args.offset) : items[i];
    evaluator.charge(1, args.offset);
    if (!(largest ? evaluator.less(best_key, candidate, args.offset)
                  : evaluator.less(candidate, best_key, args.offset)))
      continue;
    best = i;
    best_key = std::move(candidate);
  }
  return items[best];
}

Value builtin_min(Evaluator& evaluator, Arguments& args) { return extreme(evaluator, args, "min", false); }
Value builtin_max(Evaluator& evaluator, Arguments& args) { return extreme(evaluator, args, "max", true); }

Value builtin_abs(Evaluator& evaluator, Arguments& args) {
  const Value& value = *args.bind(evaluator, "abs", {"x"}, 1)[0];
  if (value.is_number()) return std::fabs(value.as_number());
  const BigInteger number = any_integer(evaluator, value, "abs", args.offset);
  return Value::integer(number.is_negative() ? -number : number);
}

Value builtin_round(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "round", {"number", "ndigits"}, 1);
  const Value& value = *bound[0];
  const bool to_int = !bound[1] || bound[1]->is_null();
  if (!is_numeric(value))
    evaluator.fail(args.offset, fmt::format("round() needs a number, got {}", with_article(value)));
  if (to_int && value.is_number())
    return new_integer(evaluator, std::nearbyint(value.as_number()), "round", args.offset);
  const int64_t digits = to_int ? 0 : integer_argument(evaluator, *bound[1], "round", args.offset);
  return rounded(evaluator, value, digits, args.offset);
}

Value builtin_sorted(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "sorted", {"iterable", "key", "reverse"}, 1);
  const bool reverse = bound[2] && bound[2]->is_true();
  std::vector<std::pair<Value, Value>> keyed;
  for (Value& item : evaluator.iterate(*bound[0], args.offset)) {
    Value key = bound[1] && !bound[1]->is_null() ? call_one(evaluator, *bound[1], item, args.offset) : item;
    keyed.emplace_back(std::move(key), std::move(item));
  }
  const auto before = [&](const auto& a, const auto& b) {
    evaluator.charge(1, args.offset);
    return reverse ? evaluator.less(b.first, a.first, args.offset) : evaluator.less(a.first, b.first, args.offset);
  };
  // By insertion into halves: std::stable_sort must not be handed NaNs, which have no order.
  std::stable_sort(keyed.begin(), keyed.end(), [&](const auto& a, const auto& b) {
    const auto is_nan = [](const Value& value) { return value.is_number() && std::isnan(value.as_number()); };
    if (is_nan(a.first) || is_nan(b.first)) evaluator.fail(args.offset, "nan has no order");
    return before(a, b);
  });
  Value::Items items;
  for (auto& [key, item] : keyed) items.push_back(std::move(item));
  return evaluator.new_list(std::move(items), args.offset);
}

Value builtin_reversed(Evaluator& evaluator, Arguments& args) {
  Value::Items items = evaluator.iterate(*args.bind(evaluator, "reversed", {"sequence"}, 1)[0], args.offset);
  std::reverse(items.begin(), items.end());
  return evaluator.new_list(std::move(items), args.offset);
}

Value builtin_any(Evaluator& evaluator, Arguments& args) {
  const Value::Items items = elements(evaluator, args, "any");
  return std::any_of(items.begin(), items.end(), [](const Value& item) { return item.is_true(); });
}

Value builtin_all(Evaluator& evaluator, Arguments& args) {
  const Value::Items items = elements(evaluator, args, "all");
  return std::all_of(items.begin(), items.end(), [](const Value& item) { return item.is_true(); });
}

Value builtin_isinstance(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "isinstance", {"object", "class"}, 2);
  const Value::Items classes = bound[1]->is_sequence() ? bound[1]->items() : Value::Items{*bound[1]};
  for (const Value& type : classes) {
    if (!type.is_symbol()) evaluator.fail(args.offset, "isinstance() needs a class");
    const std::string& path = type.as_symbol().path;
    const Value& object = *bound[0];
    if (path == std::string("builtins.") + object.kind_name()) return true;
    if (path == "builtins.int" && object.is_bool()) return true;
  }
  return false;
}

Value builtin_pow(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "pow", {"base", "exp"}, 2);
  return evaluator.binary(Op::power, *bound[0], *bound[1], args.offset);
}

Value builtin_divmod(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "divmod", {"a", "b"}, 2);
  return evaluator.new_tuple({evaluator.binary(Op::floor_divide, *bound[0], *bound[1], args.offset),
                              evaluator.binary(Op::modulo, *bound[0], *bound[1], args.offset)},
                             args.offset);
}

Value builtin_ord(Evaluator& evaluator, Arguments& args) {
  const Value& value = *args.bind(evaluator, "ord", {"c"}, 1)[0];
  if (!value.is_string() || character_count(value.as_string()) != 1)
    evaluator.fail(args.offset, "ord() needs one character");
  return static_cast<int64_t>(first_character(value.as_string()).code);
}

Value builtin_chr(Evaluator& evaluator, Arguments& args) {
  const int64_t code = integer_argument(evaluator, *args.bind(evaluator, "chr", {"i"}, 1)[0], "chr", args.offset);
  if (code < 0 || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000))
    evaluator.fail(args.offset, "chr() needs the code of a character");
  std::string out;
  append_utf8(out, static_cast<uint32_t>(code));
  return out;
}

Value builtin_getattr(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "getattr", {"object", "name", "default"}, 2);
  if (!bound[1]->is_string()) evaluator.fail(args.offset, "getattr() needs a name");
  const std::string& name = bound[1]->as_string();
  const Value& object = *bound[0];
  const bool known = object.is_symbol() || find_method(object, name) ||
                     (object.is_dict() && object.as_dict().is_config() && object.find(name));
  if (!known && bound[2]) return *bound[2];
  return evaluator.get_attribute(object, name, args.offset);
}

Value builtin_hasattr(Evaluator& evaluator, Arguments& args) {
  const auto bound = args.bind(evaluator, "hasattr", {"object", "name"}, 2);
  if (!bound[1]->is_string()) evaluator.fail(args.offset, "hasattr() needs a name");
  const Value& object = *bound[0];
  return find_method(object, bound[1]->as_string()) != nullptr ||
         (object.is_dict() && object.as_dict().is_config() && object.find(bound[1]->as_string()));
}

/// A config that prints is read in silence.
Value builtin_print(Evaluator&, Arguments&) { return {}; }

using Table = std::map<std::string, Value, std::less<>>;

const Table& builtin_table() {
  static const Table table = [] {
    Table made;
    const auto add = [&](const char* name, Value (*call)(Evaluator&, Arguments&)) {
      auto body = std::make_shared<Builtin>();
      body->call = call;
      made.emplace(name, Value(Symbol{std::string("builtins.") + name, std::move(body)}));
    };
    add("abs", builtin_abs);
    add("all", builtin_all);
    add("any", builtin_any);
    add("bool", builtin_bool);
    add("chr", builtin_chr);
    add("dict", builtin_dict);
    add("divmod", builtin_divmod);
    add("enumerate", builtin_enumerate);
    add("filter", builtin_filter);
    add("float", builtin_float);
    add("frozenset", builtin_set);
    add("getattr", builtin_getattr);
    add("hasattr", builtin_hasattr);
    add("int", builtin_int);
    add("isinstance", builtin_isinstance);
    add("len", builtin_len);
    add("list", builtin_list);
    add("map", builtin_map);
    add("max", builtin_max);
    add("min", builtin_min);
    add("ord", builtin_ord);
    add("pow", builtin_pow);
    add("print", builtin_print);
    add("range", builtin_range);
    add("repr", builtin_repr);
    add("reversed", builtin_reversed);
    add("round", builtin_round);
    add("set", builtin_set);
    add("sorted", builtin_sorted);
    add("str", builtin_str);
    add("sum", builtin_sum);
    add("tuple", builtin_tuple);
    add("zip", builtin_zip);
    // Names that Python has and that a config may mention, but not call.
    for (const char* name :
         {"compile", "eval", "exec", "globals", "input", "iter", "locals", "next", "object", "open", "setattr", "super",
          "type", "vars", "__import__", "bytes", "complex", "Exception", "ValueError"})
      made.emplace(name, Value(Symbol{std::string("builtins.") + name}));
    made.emplace("__name__", Value("builtins"));  // so that a `__main__` guard is not taken
    return made;
  }();
  return table;
}

}  // namespace

const Value* find_builtin(std::string_view name) {
  const auto found = builtin_table().find(name);
  return found == builtin_table().end() ? nullptr : &found->second;
}

std::vector<std::string> builtin_names() {
  std::vector<std::string> names;
  for (const auto& [name, value] : builtin_table())
    if (!name.starts_with('_')) names.push_back(name);
  return names;
}

}  // namespace millrace::py
