#include "millrace/config/python/library.h"

#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/base/restored.h"
#include "millrace/base/text.h"

namespace millrace::py {

std::vector<const Value*> Arguments::bind(Evaluator& evaluator, std::string_view function,
                                          std::initializer_list<std::string_view> names, size_t required) const {
  if (positional.size() > names.size())
    evaluator.fail(offset, fmt::format("{}() takes at most {} argument{}, got {}", function, names.size(),
                                       names.size() == 1 ? "" : "s", positional.size()));
  std::vector<const Value*> bound(names.size(), nullptr);
  for (size_t i = 0; i < positional.size(); ++i) bound[i] = &positional[i];
  for (const auto& [key, value] : named) {
    size_t i = 0;
    for (; i < names.size(); ++i)
      if (names.begin()[i] == key.as_string()) break;
    if (i == names.size()) evaluator.fail(offset, fmt::format("{}() has no parameter '{}'", function, key.as_string()));
    if (bound[i]) evaluator.fail(offset, fmt::format("{}() got '{}' twice", function, key.as_string()));
    bound[i] = &value;
  }
  for (size_t i = 0; i < required; ++i)
    if (!bound[i]) evaluator.fail(offset, fmt::format("{}() needs '{}'", function, names.begin()[i]));
  return bound;
}

Evaluator::Evaluator(Budget& budget, Heap& heap,
                     std::function<std::optional<std::string>(const std::string&)> environment)
    : budget_(budget), heap_(heap), environment_(std::move(environment)) {}

void Evaluator::fail(uint32_t offset, std::string what) const { throw Error(place(offset), std::move(what)); }

Evaluator::Deeper::Deeper(Evaluator& evaluator, uint32_t offset) : depth(evaluator.depth_) {
  if (++depth <= Limits::kCalls) return;
  --depth;
  evaluator.fail(offset, "expressions, calls or values are nested too deeply");
}

namespace {

constexpr size_t kBytesPerStep = 512;

}  // namespace

void Evaluator::charge_scan(const std::string& text, uint32_t offset) {
  if (text.size() >= kBytesPerStep) charge(static_cast<int64_t>(text.size() / kBytesPerStep), offset);
}

void Evaluator::charge_search(const std::string& text, const std::string& part, uint32_t offset) {
  const size_t bytes = text.size() * (1 + part.size() / 32);
  if (bytes >= kBytesPerStep) charge(static_cast<int64_t>(bytes / kBytesPerStep), offset);
}

std::string with_article(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "None";
    case Value::Kind::integer:
    case Value::Kind::big_integer:
      return "an int";
    case Value::Kind::symbol:
      return fmt::format("'{}'", value.as_symbol().path);
    default:
      return std::string("a ") + value.kind_name();
  }
}

void Evaluator::run(FileScope& file) {
  const Restored<FileScope*> in_file(file_, &file);
  const Restored<std::shared_ptr<Frame>> in_frame(frame_, nullptr);
  run_block(file.module->body);
}

Value Evaluator::evaluate_alone(FileScope& file, const Expr& expression) {
  const Restored<FileScope*> in_file(file_, &file);
  const Restored<std::shared_ptr<Frame>> in_frame(frame_, nullptr);
  return evaluate(expression);
}

Value Evaluator::new_config(uint32_t offset) {
  Value dict = new_dict(offset);
  dict.as_dict().mark_config();
  return dict;
}

Value Evaluator::new_text(std::string text, uint32_t offset) {
  charge_text(text.size(), offset);
  return Value(std::move(text)).set_place(place(offset));
}

Value Evaluator::new_like(const Value& sequence, Value::Items items, uint32_t offset) {
  switch (sequence.kind()) {
    case Value::Kind::tuple:
      return new_tuple(std::move(items), offset);
    case Value::Kind::set:
      return adopt(Value::set(std::move(items)), offset);
    default:
      return new_list(std::move(items), offset);
  }
}

Value Evaluator::call_user(const UserFunction& function, Arguments& arguments) {
  Deeper deeper(*this, arguments.offset);
  const auto& params = function.node->parameters;
  auto frame = std::make_shared<Frame>();
  frame->parent = function.closure;
  frame->is_function = true;
  size_t next = 0;
  std::vector<bool> used(arguments.named.size(), false);
  for (size_t i = 0; i < params.size(); ++i) {
    const Parameter& parameter = params[i];
    using Type = Parameter::Type;
    if (parameter.type == Type::star) {
      Value::Items rest(
          arguments.positional.begin() + static_cast<std::ptrdiff_t>(std::min(next, arguments.positional.size())),
          arguments.positional.end());
      next = arguments.positional.size();
      frame->locals.emplace_back(parameter.name, new_tuple(std::move(rest), arguments.offset));
      continue;
    }
    if (parameter.type == Type::double_star) {
      Value rest = new_dict(arguments.offset);
      for (size_t k = 0; k < used.size(); ++k) {
        if (!used[k]) rest.as_dict().set(arguments.named[k].key, arguments.named[k].value);
        used[k] = true;
      }
      frame->locals.emplace_back(parameter.name, rest);
      continue;
    }
    std::optional<Value> value;
    if (parameter.type == Type::plain && next < arguments.positional.size()) value = arguments.positional[next++];
    for (size_t k = 0; k < used.size() && !value; ++k) {
      if (used[k] || arguments.named[k].key.as_string() != parameter.name) continue;
      value = arguments.named[k].value;
      used[k] = true;
    }
    if (!value && parameter.fallback) value = function.fallbacks[i];
    if (!value) fail(arguments.offset, fmt::format("{}() needs '{}'", function.node->name, parameter.name));
    frame->locals.emplace_back(parameter.name, std::move(*value));
  }
  if (next < arguments.positional.size())
    fail(arguments.offset, fmt::format("{}() takes {} positional arguments, got {}", function.node->name, next,
                                       arguments.positional.size()));
  for (size_t k = 0; k < used.size(); ++k)
    if (!used[k])
      fail(arguments.offset,
           fmt::format("{}() has no parameter '{}'", function.node->name, arguments.named[k].key.as_string()));

  const Restored<FileScope*> in_file(file_, function.file);
  const Restored<std::shared_ptr<Frame>> in_frame(frame_, std::move(frame));
  if (function.node->result) return evaluate(*function.node->result);
  returned_ = Value();
  run_block(function.node->body);
  return std::exchange(returned_, Value());
}

std::string Evaluator::to_text(const Value& value, uint32_t offset) {
  if (value.is_string()) return value.as_string();
  return to_repr(value, offset);
}

std::string Evaluator::to_repr(const Value& value, uint32_t offset) {
  if (value.is_symbol()) return value.as_symbol().path.substr(value.as_symbol().path.rfind('.') + 1);
  const auto left = static_cast<size_t>(std::max<int64_t>(0, budget_.limits().bytes - budget_.bytes_used()));
  std::string text = value.repr(left);
  charge_text(text.size(), offset);
  charge(static_cast<int64_t>(text.size() / 16), offset);
  return text;
}

}  // namespace millrace::py
