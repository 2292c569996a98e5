#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/config/python/library.h"

namespace millrace::py {

Evaluator::Flow Evaluator::run_block(std::span<const Stmt* const> body) {
  for (const Stmt* statement : body)
    if (const Flow flow = run(*statement); flow != Flow::next) return flow;
  return Flow::next;
}

Evaluator::Flow Evaluator::run(const Stmt& statement) {
  charge(1, statement.offset);
  switch (statement.kind) {
    case StmtKind::expression:
      evaluate(*static_cast<const ExpressionStmt&>(statement).value);
      break;
    case StmtKind::assign: {
      const auto& node = static_cast<const Assign&>(statement);
      // The value of `_base_` was read before all else: it is no name of the file.
      const Expr& first = *node.targets[0];
      if (!node.value || (first.kind == ExprKind::name && static_cast<const Name&>(first).id == "_base_")) break;
      Value value = evaluate(*node.value);
      for (const Expr* target : node.targets) assign(*target, value);
      break;
    }
    case StmtKind::augmented:
      augment(static_cast<const Augmented&>(statement));
      break;
    case StmtKind::del:
      for (const Expr* target : static_cast<const Del&>(statement).targets) erase(*target);
      break;
    case StmtKind::branch:
      for (const Branch::Case& choice : static_cast<const Branch&>(statement).cases)
        if (!choice.condition || evaluate(*choice.condition).is_true()) {
          Deeper deeper(*this, statement.offset);
          return run_block(choice.body);
        }
      break;
    case StmtKind::for_loop:
      return run_for(static_cast<const ForLoop&>(statement));
    case StmtKind::pass:
      break;
    case StmtKind::break_loop:
      return Flow::break_loop;
    case StmtKind::continue_loop:
      return Flow::continue_loop;
    case StmtKind::return_value: {
      if (!frame_) fail(statement.offset, "syntax error: 'return' outside of a function");
      const auto& node = static_cast<const Return&>(statement);
      returned_ = node.value ? evaluate(*node.value) : Value();
      return Flow::return_value;
    }
    case StmtKind::function: {
      const Function& node = *static_cast<const FunctionStmt&>(statement).function;
      assign_name(node.name, statement.offset, function(node));
      break;
    }
    case StmtKind::import:
      import(static_cast<const Import&>(statement));
      break;
    case StmtKind::import_from:
      import_from(static_cast<const ImportFrom&>(statement));
      break;
    case StmtKind::with_read_base:
      if (!file_->new_style) fail(statement.offset, "a config with `_base_` cannot have `with read_base():`");
      break;
    case StmtKind::global:
      if (frame_)
        for (std::string_view name : static_cast<const Global&>(statement).names) frame_->globals.push_back(name);
      break;
    case StmtKind::assertion: {
      const auto& node = static_cast<const Assert&>(statement);
      if (evaluate(*node.condition).is_true()) break;
      fail(statement.offset, node.message
                                 ? "assertion failed: " + to_text(evaluate(*node.message), node.message->offset)
                                 : std::string("assertion failed"));
    }
    case StmtKind::unsupported:
      fail(statement.offset,
           fmt::format("{} is not part of the config language", static_cast<const Unsupported&>(statement).construct));
  }
  return Flow::next;
}

Evaluator::Flow Evaluator::run_for(const ForLoop& loop) {
  Deeper deeper(*this, loop.offset);
  const Value::Items items = iterate(evaluate(*loop.iterable), loop.iterable->offset);
  for (const Value& item : items) {
    charge(1, loop.offset);
    assign(*loop.target, item);
    const Flow flow = run_block(loop.body);
    if (flow == Flow::break_loop) return Flow::next;
    if (flow == Flow::return_value) return flow;
  }
  return run_block(loop.otherwise);
}

void Evaluator::assign(const Expr& target, Value value) {
  switch (target.kind) {
    case ExprKind::name:
      assign_name(static_cast<const Name&>(target).id, target.offset, std::move(value));
      return;
    case ExprKind::attribute: {
      const auto& node = static_cast<const Attribute&>(target);
      Value object = evaluate(*node.object);
      if (!object.is_dict() || !object.as_dict().is_config())
        fail(node.name_offset, object.is_dict() ? fmt::format("a dict has no attributes; write ['{}'] = …", node.name)
                                                : fmt::format("cannot set an attribute of {}", with_article(object)));
      adopt_changed(object);
      store(object.as_dict(), Value(std::string(node.name)).set_place(place(node.name_offset)), std::move(value),
            node.name_offset);
      return;
    }
    case ExprKind::subscript: {
      const auto& node = static_cast<const Subscript&>(target);
      const Value object = evaluate(*node.object);
      if (node.index->kind == ExprKind::slice) set_slice(object, static_cast<const SliceExpr&>(*node.index), value);
      else set_item(object, evaluate(*node.index), std::move(value), node.index->offset);
      return;
    }
    case ExprKind::sequence:
      unpack(static_cast<const Sequence&>(target), value);
      return;
    default:
      fail(target.offset, "cannot assign to this expression");
  }
}

void Evaluator::unpack(const Sequence& targets, const Value& value) {
  Deeper deeper(*this, targets.offset);
  const Value::Items items = iterate(value, targets.offset);
  const size_t count = targets.items.size();
  size_t star = count;
  for (size_t i = 0; i < count; ++i)
    if (targets.items[i]->kind == ExprKind::starred) star = i;
  if (star == count ? items.size() != count : items.size() + 1 < count)
    fail(targets.offset, fmt::format("cannot unpack {} values into {} names", items.size(), count));
  const size_t extra = items.size() - std::min(items.size(), count - (star != count));
  size_t next = 0;
  for (size_t i = 0; i < count; ++i) {
    if (i == star) {
      Value::Items rest(items.begin() + static_cast<std::ptrdiff_t>(next),
                        items.begin() + static_cast<std::ptrdiff_t>(next + extra));
      next += extra;
      assign(*static_cast<const Starred*>(targets.items[i])->value,
             new_list(std::move(rest), targets.items[i]->offset));
    } else {
      assign(*targets.items[i], items[next++]);
    }
  }
}

void Evaluator::assign_name(std::string_view name, uint32_t offset, Value value) {
  if (frame_) {
    bool global = false;
    for (std::string_view declared : frame_->globals) global = global || declared == name;
    if (!global) {
      for (auto& [local, held] : frame_->locals) {
        if (local != name) continue;
        held = std::move(value);
        return;
      }
      frame_->locals.emplace_back(name, std::move(value));
      return;
    }
  }
  file_->globals.set(Value(std::string(name)).set_place(place(offset)), std::move(value));
}

void Evaluator::augment(const Augmented& statement) {
  const Value right = evaluate(*statement.value);
  // A list grows in place, so that all of its names see it.
  const auto combine = [&](Value left) {
    if (statement.op == Op::add && left.kind() == Value::Kind::list) {
      Value::Items more = iterate(right, statement.value->offset);
      charge(static_cast<int64_t>(more.size()), statement.offset);
      adopt_changed(left);
      left.items().insert(left.items().end(), more.begin(), more.end());
      return left;
    }
    if (statement.op == Op::bit_or && left.is_dict() && right.is_dict()) {
      adopt_changed(left);
      for (const auto& [key, value] : Value(right).as_dict().entries()) {
        charge(1, statement.offset);
        store(left.as_dict(), key, value, statement.offset);
      }
      return left;
    }
    return binary(statement.op, left, right, statement.offset);
  };
  switch (statement.target->kind) {
    case ExprKind::name: {
      const auto& node = static_cast<const Name&>(*statement.target);
      // A local name of a function hides a global one, also before it is set.
      assign_name(node.id, node.offset, combine(name(node)));
      return;
    }
    case ExprKind::attribute: {
      const auto& node = static_cast<const Attribute&>(*statement.target);
      const Value object = evaluate(*node.object);
      if (!object.is_dict() || !object.as_dict().is_config())
        fail(node.name_offset, fmt::format("cannot set an attribute of {}", with_article(object)));
      Value result = combine(get_attribute(object, node.name, node.name_offset));
      adopt_changed(object);
      store(Value(object).as_dict(), Value(std::string(node.name)).set_place(place(node.name_offset)),
            std::move(result), statement.offset);
      return;
    }
    case ExprKind::subscript: {
      const auto& node = static_cast<const Subscript&>(*statement.target);
      if (node.index->kind == ExprKind::slice) fail(statement.offset, "a slice cannot be assigned to in this way");
      const Value object = evaluate(*node.object);
      const Value index = evaluate(*node.index);
      set_item(object, index, combine(get_item(object, index, node.index->offset)), node.index->offset);
      return;
    }
    default:
      fail(statement.offset, "cannot assign to this expression");
  }
}

void Evaluator::erase(const Expr& target) {
  switch (target.kind) {
    case ExprKind::name: {
      const auto& node = static_cast<const Name&>(target);
      if (frame_) {
        auto& locals = frame_->locals;
        for (size_t i = 0; i < locals.size(); ++i) {
          if (locals[i].first != node.id) continue;
          locals.erase(locals.begin() + static_cast<std::ptrdiff_t>(i));
          return;
        }
      }
      if (!file_->globals.erase(node.id)) fail(target.offset, fmt::format("name '{}' is not defined", node.id));
      return;
    }
    case ExprKind::attribute: {
      const auto& node = static_cast<const Attribute&>(target);
      Value object = evaluate(*node.object);
      if (!object.is_dict() || !object.as_dict().is_config())
        fail(node.name_offset, fmt::format("{} has no attribute '{}'", with_article(object), node.name));
      charge(static_cast<int64_t>(object.as_dict().size() / 8), target.offset);
      if (!object.as_dict().erase(node.name)) get_attribute(object, node.name, node.name_offset);  // fails
      return;
    }
    case ExprKind::subscript: {
      const auto& node = static_cast<const Subscript&>(target);
      Value object = evaluate(*node.object);
      if (node.index->kind == ExprKind::slice)
        set_slice(object, static_cast<const SliceExpr&>(*node.index), new_list({}, target.offset));
      else delete_item(object, evaluate(*node.index), node.index->offset);
      return;
    }
    case ExprKind::sequence:
      for (const Expr* item : static_cast<const Sequence&>(target).items) erase(*item);
      return;
    default:
      fail(target.offset, "cannot delete this expression");
  }
}

namespace {

Value imported_module(std::string_view path) {
  return Value(Symbol{std::string(path), std::make_shared<ImportedModule>()});
}

}  // namespace

void Evaluator::import(const Import& statement) {
  for (const ImportedName& module : statement.names) {
    const std::string_view first = module.name.substr(0, module.name.find('.'));
    const bool standard = is_standard_module(first);
    const std::string_view bound = module.as.empty() ? first : module.as;
    const std::string_view named = module.as.empty() ? first : module.name;
    assign_name(bound, module.offset, standard ? standard_module(std::string(named)) : imported_module(named));
    // MMEngine leaves a standard module among the keys of a new-style file; `as` takes it out.
    if (!standard || !module.as.empty()) file_->imported.emplace(bound);
  }
}

void Evaluator::import_from(const ImportFrom& statement) {
  const std::string module = std::string(static_cast<size_t>(statement.level), '.') + std::string(statement.module);
  const bool standard =
      statement.level == 0 && is_standard_module(std::string_view(module).substr(0, module.find('.')));
  const auto base = file_->bases.find(module);
  for (const ImportedName& imported : statement.names) {
    const std::string_view bound = imported.as.empty() ? imported.name : imported.as;
    if (base != file_->bases.end()) {
      const Value* value = base->second.find(imported.name);
      if (!value) fail(imported.offset, fmt::format("{} has no name '{}'", module, imported.name));
      assign_name(bound, imported.offset, *value);
      continue;
    }
    if (imported.name == "*")
      fail(imported.offset, "`import *` takes the names of another config, inside of `with read_base():` only");
    std::optional<Value> value;
    if (standard) value = module_attribute(module, imported.name);
    if (!value) value = Value(Symbol{fmt::format("{}.{}", module, imported.name)});
    assign_name(bound, imported.offset, std::move(*value));
    file_->imported.emplace(bound);
  }
}

}  // namespace millrace::py
