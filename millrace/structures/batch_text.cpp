#include "millrace/structures/batch_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/structures/batch.h"

namespace millrace {
namespace {

std::string tensor_text(const at::Tensor& tensor) {
  if (!tensor.defined()) return "undefined";
  return fmt::format("({}) {}", fmt::join(tensor.sizes().begin(), tensor.sizes().end(), ", "),
                     c10::toString(tensor.scalar_type()));
}

std::string column_text(const Column& column) {
  if (const auto* dense = std::get_if<Dense>(&column)) return tensor_text(dense->values);
  if (const auto* ragged = std::get_if<Ragged>(&column)) return tensor_text(ragged->values) + " in all";
  const auto* list = std::get_if<TensorList>(&column);
  if (!list || list->values.empty()) return "";
  return fmt::format("{} tensors, the first {}", list->values.size(), tensor_text(list->values.front()));
}

}  // namespace

std::string batch_text(const Batch& batch) {
  constexpr size_t kMostColumns = 8;
  std::string text;
  size_t columns = 0;
  for (const Batch::Entry& entry : batch.entries()) {
    const std::string form = column_text(entry.column);
    if (form.empty()) continue;
    if (++columns > kMostColumns) {
      text += ", …";
      break;
    }
    text += (columns == 1 ? "" : ", ") + entry.key.name() + " " + form;
  }
  return fmt::format("{} rows{}{}", batch.size(), text.empty() ? "" : ": ", text);
}

}  // namespace millrace
