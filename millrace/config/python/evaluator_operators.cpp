#include <fmt/format.h>

#include <cmath>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/base/utf8.h"
#include "millrace/config/python/format.h"
#include "millrace/config/python/library.h"
#include "millrace/config/python/numbers.h"

namespace millrace::py {
namespace {

const char* symbol_of(Op op) {
  static constexpr const char* kSymbols[] = {
      "+", "-",   "*",   "/",  "//", "%",  "**", "@",  "|", "&",  "^",  "<<",     ">>", "+",     "-",
      "~", "not", "and", "or", "==", "!=", "<",  "<=", ">", ">=", "in", "not in", "is", "is not"};
  return kSymbols[static_cast<int>(op)];
}

}  // namespace

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
  if (is_numeric(a) && is_numeric(b)) return compare_numbers(a, b) < 0;
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

}  // namespace

Value Evaluator::binary(Op op, const Value& left, const Value& right, uint32_t offset) {
  if (is_numeric(left) && is_numeric(right)) {
    if (auto result = arithmetic(*this, op, left, right, offset)) return result->set_place(place(offset));
    refuse(*this, op, left, right, offset);
  }
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
    const int64_t times = integer_of(is_int(left) ? left : right).as_int64().value_or(INT64_MAX);
    const auto count = static_cast<size_t>(std::max<int64_t>(0, times));
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
    return new_text(percent_formatted(*this, left.as_string(), right, offset), offset);
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
  if (op == Op::logical_not) return Value(!value.is_true()).set_place(place(offset));
  if (is_numeric(value))
    if (auto result = arithmetic(*this, op, value, offset)) return result->set_place(place(offset));
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
