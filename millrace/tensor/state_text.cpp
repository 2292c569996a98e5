#include "millrace/tensor/state_text.h"

#include <fmt/format.h>

#include <limits>

#include "millrace/base/text.h"
#include "millrace/config/value.h"

namespace millrace {
namespace {

constexpr int64_t kMostElements = 1000;

std::string text_of_tensor(const at::Tensor& tensor, int64_t digits) {
  if (!tensor.defined()) return "None";
  if (tensor.dim() > 2 || tensor.numel() > kMostElements || at::isComplexType(tensor.scalar_type()))
    return fmt::format("tensor of {} elements, {}", tensor.numel(), c10::toString(tensor.scalar_type()));
  if (!at::isFloatingType(tensor.scalar_type())) digits = 0;
  const at::Tensor values = tensor.detach().to(at::kCPU).to(at::kDouble).contiguous();
  const double* value = values.const_data_ptr<double>();
  const auto row = [&](int64_t length) {
    std::vector<std::string> cells;
    for (int64_t i = 0; i < length; ++i) cells.push_back(decimals(*value++, digits));
    return "[" + join(cells) + "]";
  };
  if (values.dim() == 0) return decimals(*value, digits);
  if (values.dim() == 1) return row(values.size(0));
  std::vector<std::string> rows;
  for (int64_t i = 0; i < values.size(0); ++i) rows.push_back(row(values.size(1)));
  return "[" + join(rows, ",\n ") + "]";
}

}  // namespace

std::string python_text(const State& state, int64_t digits) {
  const auto all = [&](const State::List& items) {
    std::vector<std::string> parts;
    for (const State& item : items) parts.push_back(python_text(item, digits));
    return join(parts);
  };
  switch (state.kind()) {
    case State::Kind::none:
      return "None";
    case State::Kind::boolean:
      return state.boolean() ? "True" : "False";
    case State::Kind::integer:
      return std::to_string(state.integer());
    case State::Kind::number:
      return repr(state.number());
    case State::Kind::string:
      return Value(state.string()).repr(std::numeric_limits<size_t>::max());
    case State::Kind::list:
      return "[" + all(state.items()) + "]";
    case State::Kind::tuple:
      return "(" + all(state.items()) + (state.items().size() == 1 ? ",)" : ")");
    case State::Kind::tensor:
      return text_of_tensor(state.tensor(), digits);
    case State::Kind::dict: {
      std::vector<std::string> parts;
      for (const auto& [key, value] : state.entries())
        parts.push_back(python_text(key, digits) + ": " + python_text(value, digits));
      return "{" + join(parts) + "}";
    }
    default:
      return state.kind_name();
  }
}

}  // namespace millrace
