#include <fmt/format.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/text.h"

namespace millrace::py {
namespace {

const char* symbol_of(Op op) {
  static constexpr const char* kSymbols[] = {
      "+", "-",   "*",   "/",  "//", "%",  "**", "@",  "|", "&",  "^",  "<<",     ">>", "+",     "-",
      "~", "not", "and", "or", "==", "!=", "<",  "<=", ">", ">=", "in", "not in", "is", "is not"};
  return kSymbols[static_cast<int>(op)];
}

bool is_int(const Value& value) { return value.is_integer() || value.is_bool(); }
bool is_numeric_value(const Value& value) { return is_int(value) || value.is_number(); }
int64_t int_of(const Value& value) {
  return value.is_bool() ? static_cast<int64_t>(value.as_bool()) : value.as_integer();
}
double float_of(const Value& value) {
  return value.is_number() ? value.as_number() : static_cast<double>(int_of(value));
}

/// Floor division and remainder with the signs of Python.
int64_t floor_div(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return (a % b != 0) && ((a < 0) != (b < 0)) ? quotient - 1 : quotient;
}
double float_mod(double a, double b) {
  double rest = std::fmod(a, b);
  if (rest != 0 && (rest < 0) != (b < 0)) rest += b;
  return rest == 0 ? std::copysign(0.0, b) : rest;
}

}  // namespace

bool Evaluator::truth(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return false;
    case Value::Kind::boolean:
      return value.as_bool();
    case Value::Kind::integer:
      return value.as_integer() != 0;
    case Value::Kind::number:
      return value.as_number() != 0;
    case Value::Kind::string:
      return !value.as_string().empty();
    case Value::Kind::dict:
      return !value.as_dict().empty();
    case Value::Kind::symbol:
      return true;
    default:
      return !value.items().empty();
  }
}

bool Evaluator::equal(const Value& a, const Value& b, uint32_t offset) {
  const bool containers = (a.is_sequence() && b.is_sequence()) || (a.is_dict() && b.is_dict());
  if (a.is_string() && b.is_string()) charge_scan(a.as_string(), offset);
  if (!containers) return a == b;
  if (a.same_object(b)) return true;
  if (a.kind() != b.kind()) return false;
  Deeper deeper(*this, offset);
  if (a.is_dict()) {
    if (a.as_dict().size() != b.as_dict().size()) return false;
    for (const auto& [key, value] : a.as_dict()) {
      charge(1, offset);
      const Value* other = b.as_dict().find(key);
      if (!other || !equal(value, *other, offset)) return false;
    }
    return true;
  }
  if (a.items().size() != b.items().size()) return false;
  for (size_t i = 0; i < a.items().size(); ++i) {
    charge(1, offset);
    if (a.kind() == Value::Kind::set ? !contains(b, a.items()[i], offset) : !equal(a.items()[i], b.items()[i], offset))
      return false;
  }
  return true;
}

bool Evaluator::less(const Value& a, const Value& b, uint32_t offset) {
  if (is_int(a) && is_int(b)) return int_of(a) < int_of(b);
  if (is_numeric_value(a) && is_numeric_value(b)) return float_of(a) < float_of(b);
  if (a.is_string()) charge_scan(a.as_string(), offset);
  if (a.is_string() && b.is_string()) return a.as_string() < b.as_string();  // UTF-8 sorts as its characters do
  if (a.kind() == b.kind() && (a.kind() == Value::Kind::list || a.kind() == Value::Kind::tuple)) {
    Deeper deeper(*this, offset);
    const auto &x = a.items(), &y = b.items();
    for (size_t i = 0; i < x.size() && i < y.size(); ++i) {
      charge(1, offset);
      if (!equal(x[i], y[i], offset)) return less(x[i], y[i], offset);
    }
    return x.size() < y.size();
  }
  fail(offset, fmt::format("{} and {} have no order", with_article(a), with_article(b)));
}

bool Evaluator::contains(const Value& container, const Value& item, uint32_t offset) {
  if (container.is_dict()) return check_key(item, offset), container.as_dict().find(item) != nullptr;
  if (container.is_string()) {
    if (!item.is_string()) fail(offset, fmt::format("'in' a str needs a str, got {}", with_article(item)));
    charge(1, offset);
    charge_search(container.as_string(), item.as_string(), offset);
    return container.as_string().find(item.as_string()) != std::string::npos;
  }
  if (!container.is_sequence())
    fail(offset, fmt::format("'in' needs a list, a dict or the like, got {}", with_article(container)));
  for (const Value& other : container.items()) {
    charge(1, offset);
    if (equal(other, item, offset)) return true;
  }
  return false;
}

bool Evaluator::compare(Op op, const Value& left, const Value& right, uint32_t offset) {
  const auto is_nan = [](const Value& value) { return value.is_number() && std::isnan(value.as_number()); };
  switch (op) {
    case Op::equal:
      return equal(left, right, offset);
    case Op::not_equal:
      return !equal(left, right, offset);
    case Op::less:
      return less(left, right, offset);
    case Op::greater:
      return less(right, left, offset);
    case Op::less_equal:
      return !is_nan(left) && !is_nan(right) && !less(right, left, offset);
    case Op::greater_equal:
      return !is_nan(left) && !is_nan(right) && !less(left, right, offset);
    case Op::in:
      return contains(right, left, offset);
    case Op::not_in:
      return !contains(right, left, offset);
    case Op::is:
    case Op::is_not: {
      const bool containers = left.is_sequence() || left.is_dict() || right.is_sequence() || right.is_dict();
      const bool same = containers ? left.same_object(right) : left.kind() == right.kind() && left == right;
      return same == (op == Op::is);
    }
    default:
      break;
  }
  MILLRACE_ASSERT(false, "no comparison");
}

namespace {

[[noreturn]] void refuse(const Evaluator& evaluator, Op op, const Value& left, const Value& right, uint32_t offset) {
  evaluator.fail(offset,
                 fmt::format("'{}' does not take {} and {}", symbol_of(op), with_article(left), with_article(right)));
}

Value integer_arithmetic(const Evaluator& evaluator, Op op, int64_t a, int64_t b, uint32_t offset) {
  int64_t result = 0;
  const auto overflow = [&]() { evaluator.fail(offset, "the integer does not fit into 64 bits"); };
  switch (op) {
    case Op::add:
      if (__builtin_add_overflow(a, b, &result)) overflow();
      return result;
    case Op::subtract:
      if (__builtin_sub_overflow(a, b, &result)) overflow();
      return result;
    case Op::multiply:
      if (__builtin_mul_overflow(a, b, &result)) overflow();
      return result;
    case Op::divide:
      if (b == 0) evaluator.fail(offset, "division by zero");
      return static_cast<double>(a) / static_cast<double>(b);
    case Op::floor_divide:
    case Op::modulo:
      if (b == 0) evaluator.fail(offset, "division by zero");
      if (b == -1) {
        if (op == Op::modulo) return int64_t{0};
        if (__builtin_sub_overflow(int64_t{0}, a, &result)) overflow();
        return result;
      }
      return op == Op::floor_divide ? floor_div(a, b) : a - floor_div(a, b) * b;
    case Op::power: {
      if (b < 0) {
        if (a == 0) evaluator.fail(offset, "division by zero: 0 to a negative power");
        return std::pow(static_cast<double>(a), static_cast<double>(b));
      }
      result = 1;
      if (a == 0 || a == 1 || a == -1) return b == 0 ? int64_t{1} : a == -1 ? (b % 2 ? int64_t{-1} : int64_t{1}) : a;
      for (int64_t i = 0; i < b; ++i)
        if (__builtin_mul_overflow(result, a, &result)) overflow();
      return result;
    }
    case Op::bit_or:
      return a | b;
    case Op::bit_and:
      return a & b;
    case Op::bit_xor:
      return a ^ b;
    case Op::shift_left:
    case Op::shift_right:
      if (b < 0) evaluator.fail(offset, "a shift by a negative number");
      if (op == Op::shift_right) return b > 63 ? (a < 0 ? int64_t{-1} : int64_t{0}) : a >> b;
      if (a != 0 && (b > 62 || __builtin_mul_overflow(a, int64_t{1} << b, &result))) overflow();
      return a == 0 ? int64_t{0} : result;
    default:
      refuse(evaluator, op, Value(a), Value(b), offset);
  }
}

Value float_arithmetic(const Evaluator& evaluator, Op op, const Value& left, const Value& right, uint32_t offset) {
  const double a = float_of(left), b = float_of(right);
  switch (op) {
    case Op::add:
      return a + b;
    case Op::subtract:
      return a - b;
    case Op::multiply:
      return a * b;
    case Op::divide:
    case Op::floor_divide:
    case Op::modulo:
      if (b == 0) evaluator.fail(offset, "division by zero");
      if (op == Op::divide) return a / b;
      if (op == Op::modulo) return float_mod(a, b);
      // As Python: from the remainder, so that 1 // 0.1 is 9.
      {
        const double quotient = (a - float_mod(a, b)) / b;
        const double floor = std::floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
      }
    case Op::power:
      if (a == 0 && b < 0) evaluator.fail(offset, "division by zero: 0 to a negative power");
      if (a < 0 && std::isfinite(b) && std::floor(b) != b)
        evaluator.fail(offset, "complex numbers are not part of the config language");
      {
        const double result = std::pow(a, b);
        if (std::isinf(result) && std::isfinite(a) && std::isfinite(b))
          evaluator.fail(offset, "the number is too large");
        return result;
      }
    default:
      refuse(evaluator, op, left, right, offset);
  }
}

}  // namespace

Value Evaluator::binary(Op op, const Value& left, const Value& right, uint32_t offset) {
  if (is_int(left) && is_int(right)) {
    if (left.is_bool() && right.is_bool() && (op == Op::bit_or || op == Op::bit_and || op == Op::bit_xor))
      return Value(integer_arithmetic(*this, op, int_of(left), int_of(right), offset).as_integer() != 0)
          .set_place(place(offset));
    return integer_arithmetic(*this, op, int_of(left), int_of(right), offset).set_place(place(offset));
  }
  if (is_numeric_value(left) && is_numeric_value(right))
    return float_arithmetic(*this, op, left, right, offset).set_place(place(offset));

  if (op == Op::add) {
    if (left.is_string() && right.is_string()) return new_text(left.as_string() + right.as_string(), offset);
    if (left.kind() == right.kind() && (left.kind() == Value::Kind::list || left.kind() == Value::Kind::tuple)) {
      charge(static_cast<int64_t>(left.items().size() + right.items().size()), offset);
      Value::Items items = left.items();
      items.insert(items.end(), right.items().begin(), right.items().end());
      return new_like(left, std::move(items), offset);
    }
  } else if (op == Op::multiply && (is_int(left) || is_int(right))) {
    const Value& repeated = is_int(left) ? right : left;
    const auto count = static_cast<size_t>(std::max<int64_t>(0, int_of(is_int(left) ? left : right)));
    if (repeated.is_string()) {
      const std::string& text = repeated.as_string();
      if (!text.empty() && count > static_cast<size_t>(budget_.limits().bytes) / text.size())
        budget_.refuse_bytes(place(offset));
      std::string out;
      for (size_t i = 0; i < count && !text.empty(); ++i) out += text;
      return new_text(std::move(out), offset);
    }
    if (repeated.kind() == Value::Kind::list || repeated.kind() == Value::Kind::tuple) {
      const size_t size = repeated.items().size();
      if (size > 0 && count > static_cast<size_t>(budget_.limits().steps) / size) budget_.refuse_steps(place(offset));
      charge(static_cast<int64_t>(count * size), offset);
      Value::Items items;
      items.reserve(count * size);
      for (size_t i = 0; i < count && size > 0; ++i)
        items.insert(items.end(), repeated.items().begin(), repeated.items().end());
      return new_like(repeated, std::move(items), offset);
    }
  } else if (op == Op::modulo && left.is_string()) {
    return new_text(percent(left.as_string(), right, offset), offset);
  } else if (op == Op::bit_or && left.is_dict() && right.is_dict()) {
    Value out = left.as_dict().is_config() ? new_config(offset) : new_dict(offset);
    charge(static_cast<int64_t>(left.as_dict().size() + right.as_dict().size()), offset);
    for (const auto& [key, value] : left.as_dict()) store(out.as_dict(), key, value, offset);
    for (const auto& [key, value] : right.as_dict()) store(out.as_dict(), key, value, offset);
    return out;
  } else if (left.kind() == Value::Kind::set && right.kind() == Value::Kind::set &&
             (op == Op::bit_or || op == Op::bit_and || op == Op::subtract || op == Op::bit_xor)) {
    Value::Items items;
    for (const Value& item : left.items()) {
      const bool in_both = contains(right, item, offset);
      if (op == Op::bit_or || (op == Op::bit_and) == in_both) items.push_back(item);
    }
    if (op == Op::bit_or || op == Op::bit_xor)
      for (const Value& item : right.items())
        if (!contains(left, item, offset)) items.push_back(item);
    return new_like(left, std::move(items), offset);
  }
  refuse(*this, op, left, right, offset);
}

Value Evaluator::unary(Op op, const Value& value, uint32_t offset) {
  if (op == Op::logical_not) return Value(!truth(value)).set_place(place(offset));
  if (is_int(value)) {
    int64_t result = int_of(value);
    if (op == Op::minus && __builtin_sub_overflow(int64_t{0}, result, &result))
      fail(offset, "the integer does not fit into 64 bits");
    if (op == Op::invert) result = ~result;
    return Value(result).set_place(place(offset));
  }
  if (value.is_number() && op != Op::invert)
    return Value(op == Op::minus ? -value.as_number() : value.as_number()).set_place(place(offset));
  fail(offset, fmt::format("'{}' does not take {}", symbol_of(op), with_article(value)));
}

Value::Items Evaluator::iterate(const Value& value, uint32_t offset) {
  if (value.is_sequence()) {
    charge(static_cast<int64_t>(value.items().size()), offset);
    return value.items();
  }
  Value::Items items;
  if (value.is_dict()) {
    charge(static_cast<int64_t>(value.as_dict().size()), offset);
    for (const auto& [key, unused] : value.as_dict()) items.push_back(key);
    return items;
  }
  if (value.is_string()) {
    charge(static_cast<int64_t>(value.as_string().size()), offset);
    for (std::string_view character : characters_of(value.as_string()))
      items.push_back(Value(std::string(character)).set_place(value.place()));
    return items;
  }
  fail(offset, fmt::format("{} cannot be looped over", with_article(value)));
}

void Evaluator::check_key(const Value& key, uint32_t offset, int depth) {
  switch (key.kind()) {
    case Value::Kind::list:
    case Value::Kind::set:
    case Value::Kind::dict:
      fail(offset, fmt::format("{} cannot be the key of a dict or a member of a set", with_article(key)));
    case Value::Kind::tuple:
      if (depth > 20) fail(offset, "the key is nested too deeply");
      for (const Value& item : key.items()) {
        charge(1, offset);
        check_key(item, offset, depth + 1);
      }
      return;
    case Value::Kind::string:
      charge_scan(key.as_string(), offset);
      return;
    default:
      return;
  }
}

}  // namespace millrace::py
