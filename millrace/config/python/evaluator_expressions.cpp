#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"
#include "millrace/config/python/format.h"
#include "millrace/config/python/library.h"

namespace millrace::py {

Value Evaluator::evaluate(const Expr& expression) {
  Deeper deeper(*this, expression.offset);
  charge(1, expression.offset);
  switch (expression.kind) {
    case ExprKind::constant:
      return constant(static_cast<const Constant&>(expression));
    case ExprKind::name:
      return name(static_cast<const Name&>(expression));
    case ExprKind::call:
      return call_expression(static_cast<const Call&>(expression));
    case ExprKind::sequence:
      return sequence(static_cast<const Sequence&>(expression));
    case ExprKind::dict:
      return dict_display(static_cast<const DictExpr&>(expression));
    case ExprKind::attribute: {
      const auto& node = static_cast<const Attribute&>(expression);
      return get_attribute(evaluate(*node.object), node.name, node.name_offset);
    }
    case ExprKind::subscript: {
      const auto& node = static_cast<const Subscript&>(expression);
      const Value object = evaluate(*node.object);
      if (node.index->kind == ExprKind::slice) return get_slice(object, static_cast<const SliceExpr&>(*node.index));
      return get_item(object, evaluate(*node.index), node.index->offset);
    }
    case ExprKind::unary: {
      const auto& node = static_cast<const Unary&>(expression);
      return unary(node.op, evaluate(*node.operand), node.offset);
    }
    case ExprKind::binary: {
      const auto& node = static_cast<const Binary&>(expression);
      const Value left = evaluate(*node.left);
      return binary(node.op, left, evaluate(*node.right), node.offset);
    }
    case ExprKind::logical: {
      const auto& node = static_cast<const Logical&>(expression);
      Value value;
      for (const Expr* operand : node.operands) {
        value = evaluate(*operand);
        if (value.is_true() == (node.op == Op::logical_or)) break;
      }
      return value;
    }
    case ExprKind::compare: {
      const auto& node = static_cast<const Compare&>(expression);
      Value left = evaluate(*node.operands[0]);
      bool holds = true;
      for (size_t i = 0; i < node.ops.size() && holds; ++i) {
        Value right = evaluate(*node.operands[i + 1]);
        holds = compare(node.ops[i], left, right, node.offset);
        left = std::move(right);
      }
      return Value(holds).set_place(place(node.offset));
    }
    case ExprKind::conditional: {
      const auto& node = static_cast<const Conditional&>(expression);
      return evaluate(evaluate(*node.condition).is_true() ? *node.yes : *node.no);
    }
    case ExprKind::formatted:
      return formatted_string(static_cast<const Formatted&>(expression));
    case ExprKind::comprehension:
      return comprehension(static_cast<const Comprehension&>(expression));
    case ExprKind::lambda:
      return function(static_cast<const Function&>(expression));
    case ExprKind::base_value:
      return base_value(static_cast<const BaseValue&>(expression));
    case ExprKind::named: {
      const auto& node = static_cast<const Named&>(expression);
      Value value = evaluate(*node.value);
      // The name belongs to the function or file around a comprehension.
      std::shared_ptr<Frame> inner = frame_;
      while (frame_ && !frame_->is_function) frame_ = frame_->parent;
      assign_name(node.id, node.offset, value);
      frame_ = std::move(inner);
      return value;
    }
    case ExprKind::starred:
      fail(expression.offset, "'*' is allowed only in a list, tuple, set or call");
    case ExprKind::slice:
      fail(expression.offset, "a slice must be alone in its brackets");
  }
  return {};
}

Value Evaluator::constant(const Constant& node) {
  Value value;
  switch (node.type) {
    case Constant::Type::none:
      break;
    case Constant::Type::boolean:
      value = Value(node.integer != 0);
      break;
    case Constant::Type::integer:
      value = Value(node.integer);
      break;
    case Constant::Type::big_integer:
      value = Value::integer(*BigInteger::parse(node.text));
      break;
    case Constant::Type::number:
      value = Value(node.number);
      break;
    case Constant::Type::string:
      value = Value(std::string(node.text));
      break;
    case Constant::Type::ellipsis:
      fail(node.offset, "'...' is not part of the config language");
  }
  value.set_place(place(node.offset));
  return value;
}

Value Evaluator::formatted_string(const Formatted& node) {
  std::string out;
  for (const Formatted::Part& part : node.parts) {
    if (!part.value) {
      out += part.text;
      continue;
    }
    Value value = evaluate(*part.value);
    if (part.conversion == 'r' || part.conversion == 'a') value = Value(to_repr(value, part.value->offset));
    else if (part.conversion == 's') value = Value(to_text(value, part.value->offset));
    const std::string spec = part.spec ? evaluate(*part.spec).as_string() : std::string();
    out += formatted(*this, value, spec, part.value->offset);
  }
  return new_text(std::move(out), node.offset);
}

Value Evaluator::name(const Name& node) {
  for (const Frame* frame = frame_.get(); frame; frame = frame->parent.get())
    for (const auto& [local, value] : frame->locals)
      if (local == node.id) return value;
  if (Namespace::Variable* found = file_->globals.find(node.id)) {
    found->was_read = true;
    return found->value;
  }
  if (const Value* builtin = find_builtin(node.id)) return *builtin;
  std::vector<std::string> known;
  for (const auto& variable : file_->globals.variables())
    if (!variable.gone) known.push_back(variable.name.as_string());
  std::string hint = did_you_mean(node.id, known);
  if (hint.empty())
    for (const std::string& builtin : builtin_names())
      if (edit_distance(node.id.substr(0, 40), builtin) == 1) hint = fmt::format("; did you mean '{}'?", builtin);
  fail(node.offset, fmt::format("name '{}' is not defined{}", node.id, hint));
}

Value Evaluator::base_value(const BaseValue& node) {
  Namespace::Variable* base = file_->globals.find("_base_");
  if (!base) fail(node.offset, "{{_base_.…}} needs a file that has `_base_`");
  Value value = base->value;
  for (const std::string& key : split(node.path, '.')) value = get_item(value, Value(key), node.offset);
  return value;
}

Value Evaluator::sequence(const Sequence& node) {
  Value::Items items;
  items.reserve(node.items.size());
  for (const Expr* item : node.items) {
    if (item->kind == ExprKind::starred) {
      Value::Items more = iterate(evaluate(*static_cast<const Starred*>(item)->value), item->offset);
      items.insert(items.end(), more.begin(), more.end());
    } else {
      items.push_back(evaluate(*item));
    }
  }
  if (node.type == Sequence::Type::list) return new_list(std::move(items), node.offset);
  if (node.type == Sequence::Type::tuple) return new_tuple(std::move(items), node.offset);
  return call(*find_builtin("set"),
              *std::make_unique<Arguments>(Arguments{{new_list(std::move(items), node.offset)}, {}, node.offset}));
}

Value Evaluator::dict_display(const DictExpr& node) {
  Value out = new_dict(node.offset);
  Dict& dict = out.as_dict();
  for (const DictExpr::Item& item : node.items) {
    if (item.key) {
      Value key = evaluate(*item.key);
      check_key(key, item.key->offset);
      key.set_place(place(item.key->offset));
      dict.set(std::move(key), evaluate(*item.value));
      continue;
    }
    const Value more = evaluate(*item.value);
    if (!more.is_dict()) fail(item.value->offset, fmt::format("'**' needs a dict, got {}", with_article(more)));
    charge(static_cast<int64_t>(more.as_dict().size()), item.value->offset);
    for (const auto& [key, value] : more.as_dict()) dict.set(key, value);
  }
  return out;
}

Value Evaluator::comprehension(const Comprehension& node) {
  Value out;
  const bool is_dict = node.type == Comprehension::Type::dict;
  if (is_dict) out = new_dict(node.offset);
  else out = new_list({}, node.offset);
  const std::shared_ptr<Frame> outer = frame_;
  frame_ = std::make_shared<Frame>();
  frame_->parent = outer;
  struct Restore {
    std::shared_ptr<Frame>& frame;
    const std::shared_ptr<Frame>& outer;
    ~Restore() { frame = outer; }
  } restore{frame_, outer};
  comprehend(node, 0, out);
  if (node.type != Comprehension::Type::set) return out;
  Arguments arguments{{out}, {}, node.offset};
  return call(*find_builtin("set"), arguments);
}

void Evaluator::comprehend(const Comprehension& node, size_t clause, Value& out) {
  Deeper deeper(*this, node.offset);
  if (clause == node.clauses.size()) {
    if (node.type != Comprehension::Type::dict) {
      out.items().push_back(evaluate(*node.element));
      return;
    }
    Value key = evaluate(*node.key);
    check_key(key, node.key->offset);
    key.set_place(place(node.key->offset));
    out.as_dict().set(std::move(key), evaluate(*node.element));
    return;
  }
  const Comprehension::For& loop = node.clauses[clause];
  for (const Value& item : iterate(evaluate(*loop.iterable), loop.iterable->offset)) {
    charge(1, node.offset);
    assign(*loop.target, item);
    bool wanted = true;
    for (const Expr* condition : loop.conditions) wanted = wanted && evaluate(*condition).is_true();
    if (wanted) comprehend(node, clause + 1, out);
  }
}

Value Evaluator::function(const Function& node) {
  auto made = std::make_shared<UserFunction>();
  made->node = &node;
  made->file = file_;
  made->closure = frame_;
  for (const Parameter& parameter : node.parameters)
    made->fallbacks.push_back(parameter.fallback ? evaluate(*parameter.fallback) : Value());
  for (std::shared_ptr<Frame> frame = frame_; frame; frame = frame->parent) heap_.keep(frame);
  heap_.keep(made);
  return Value(Symbol{std::string(node.name), made}).set_place(place(node.offset));
}

Value Evaluator::call_expression(const Call& node) {
  if (node.function->kind == ExprKind::name) {
    const std::string_view id = static_cast<const Name*>(node.function)->id;
    if (id == "dict" && !frame_ && !file_->globals.find("dict")) return dict_call(node);
    const Value function = evaluate(*node.function);
    Arguments passed = arguments(node);
    return call(function, passed);
  }
  if (node.function->kind == ExprKind::attribute) {
    const auto& attribute = static_cast<const Attribute&>(*node.function);
    const Value object = evaluate(*attribute.object);
    if (!object.is_symbol() && find_method(object, attribute.name)) {
      Arguments passed = arguments(node);
      passed.offset = attribute.name_offset;
      return call_method(object, attribute.name, passed);
    }
    const Value function = get_attribute(object, attribute.name, attribute.name_offset);
    Arguments passed = arguments(node);
    return call(function, passed);
  }
  const Value function = evaluate(*node.function);
  Arguments passed = arguments(node);
  return call(function, passed);
}

/// What most of a config is made of: dict(a=1, …) without a detour.
Value Evaluator::dict_call(const Call& node) {
  for (const Argument& argument : node.arguments) {
    if (argument.type == Argument::Type::keyword) continue;
    Arguments passed = arguments(node);
    return call(*find_builtin("dict"), passed);
  }
  Value out = new_dict(node.offset);
  for (const Argument& argument : node.arguments)
    out.as_dict().set(Value(std::string(argument.name)).set_place(place(argument.offset)), evaluate(*argument.value));
  return out;
}

Arguments Evaluator::arguments(const Call& node) {
  Arguments out;
  out.offset = node.offset;
  const auto add_named = [&](Value key, Value value, uint32_t offset) {
    for (const auto& [other, unused] : out.named)
      if (other.as_string() == key.as_string()) fail(offset, fmt::format("'{}' is given twice", key.as_string()));
    out.named.push_back({std::move(key), std::move(value)});
  };
  for (const Argument& argument : node.arguments) {
    switch (argument.type) {
      case Argument::Type::positional:
        out.positional.push_back(evaluate(*argument.value));
        break;
      case Argument::Type::keyword:
        add_named(Value(std::string(argument.name)).set_place(place(argument.offset)), evaluate(*argument.value),
                  argument.offset);
        break;
      case Argument::Type::star: {
        Value::Items more = iterate(evaluate(*argument.value), argument.offset);
        out.positional.insert(out.positional.end(), more.begin(), more.end());
        break;
      }
      case Argument::Type::double_star: {
        const Value more = evaluate(*argument.value);
        if (!more.is_dict()) fail(argument.offset, fmt::format("'**' needs a dict, got {}", with_article(more)));
        charge(static_cast<int64_t>(more.as_dict().size() * (1 + out.named.size() / 16)), argument.offset);
        for (const auto& [key, value] : more.as_dict()) {
          if (!key.is_string())
            fail(argument.offset, fmt::format("'**' needs keys that are strings, got {}", key.repr()));
          add_named(key, value, argument.offset);
        }
        break;
      }
    }
  }
  return out;
}

}  // namespace millrace::py
