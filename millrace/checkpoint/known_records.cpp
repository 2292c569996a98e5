#include "millrace/checkpoint/known_records.h"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstring>
#include <optional>

#include "millrace/base/error.h"

namespace millrace {
namespace {

struct NumpyType {
  c10::ScalarType dtype = c10::kDouble;
  bool is_big_endian = false;
};

/// numpy.dtype, called with ('f8', False, True), its state (3, '<', None, None, None, -1, -1, 0).
std::optional<NumpyType> numpy_type_of(const State& state) {
  if (state.kind() != State::Kind::record) return std::nullopt;
  const State::Record& record = state.record();
  if (record.type != "numpy.dtype" || !record.arguments.is_sequence() || record.arguments.items().empty() ||
      !record.arguments.items()[0].is_string())
    return std::nullopt;
  constexpr std::pair<std::string_view, c10::ScalarType> kTypes[] = {
      {"f8", c10::kDouble}, {"f4", c10::kFloat},        {"f2", c10::kHalf},          {"i8", c10::kLong},
      {"i4", c10::kInt},    {"i2", c10::kShort},        {"i1", c10::kChar},          {"u1", c10::kByte},
      {"u2", c10::kUInt16}, {"u4", c10::kUInt32},       {"u8", c10::kUInt64},        {"b1", c10::kBool},
      {"?", c10::kBool},    {"c8", c10::kComplexFloat}, {"c16", c10::kComplexDouble}};
  const std::string& name = record.arguments.items()[0].string();
  for (const auto& [known, dtype] : kTypes) {
    if (known != name) continue;
    NumpyType type{dtype};
    if (record.state.is_sequence() && record.state.items().size() > 1 && record.state.items()[1].is_string())
      type.is_big_endian = record.state.items()[1].string() == ">";
    return type;
  }
  return std::nullopt;
}

std::optional<at::Tensor> numpy_tensor(const State& shape, const State& dtype, bool is_fortran, const State& bytes) {
  const std::optional<NumpyType> type = numpy_type_of(dtype);
  // In a pickle of Python 2 the bytes of an array may happen to be text.
  const bool is_text = bytes.is_string();
  if (!type || !shape.is_sequence() || !(is_text || bytes.kind() == State::Kind::bytes) || shape.items().size() > 64)
    return std::nullopt;
  std::vector<int64_t> sizes;
  auto extent_bytes = static_cast<int64_t>(c10::elementSize(type->dtype));  // as if none were empty: strides must fit
  bool is_empty = false;
  for (const State& size : shape.items()) {
    if (!size.is_integer() || size.integer() < 0 ||
        __builtin_mul_overflow(extent_bytes, std::max<int64_t>(size.integer(), 1), &extent_bytes))
      return std::nullopt;
    sizes.push_back(size.integer());
    is_empty |= sizes.back() == 0;
  }
  const int64_t size_bytes = is_empty ? 0 : extent_bytes;
  std::string data = is_text ? bytes.string() : bytes.bytes();
  if (size_bytes != static_cast<int64_t>(data.size())) return std::nullopt;
  if (type->is_big_endian) {
    const bool is_complex = type->dtype == c10::kComplexFloat || type->dtype == c10::kComplexDouble;
    const size_t word = c10::elementSize(type->dtype) / (is_complex ? 2 : 1);
    for (size_t at = 0; at < data.size(); at += word) std::reverse(data.data() + at, data.data() + at + word);
  }
  if (is_fortran) std::reverse(sizes.begin(), sizes.end());
  at::Tensor tensor = at::empty(sizes, at::TensorOptions().dtype(type->dtype));
  if (!data.empty()) std::memcpy(tensor.mutable_data_ptr(), data.data(), data.size());
  if (is_fortran && sizes.size() > 1) {
    std::vector<int64_t> order(sizes.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int64_t>(order.size() - 1 - i);
    tensor = tensor.permute(order).contiguous();
  }
  return tensor;
}

bool is_numpy_function(std::string_view type, std::string_view name) {
  return (type.starts_with("numpy.core.") || type.starts_with("numpy._core.")) && type.ends_with(name);
}

/// _reconstruct(ndarray, (0,), b'b') with the state (1, shape, dtype, is_fortran, bytes), or
/// _frombuffer(bytes, dtype, shape, order).
std::optional<at::Tensor> numpy_array(const State::Record& record) {
  if (is_numpy_function(record.type, "multiarray._reconstruct") && record.state.is_sequence()) {
    const State::List& parts = record.state.items();
    if (parts.size() != 5 || parts[3].kind() != State::Kind::boolean) return std::nullopt;
    return numpy_tensor(parts[1], parts[2], parts[3].boolean(), parts[4]);
  }
  if (is_numpy_function(record.type, "numeric._frombuffer") && record.arguments.is_sequence()) {
    const State::List& parts = record.arguments.items();
    if (parts.size() != 4 || !parts[3].is_string()) return std::nullopt;
    const State* bytes = &parts[0];
    if (bytes->kind() == State::Kind::record && bytes->record().type == "builtins.bytearray" &&
        bytes->record().arguments.is_sequence() && bytes->record().arguments.items().size() == 1)
      bytes = &bytes->record().arguments.items()[0];
    return numpy_tensor(parts[2], parts[1], parts[3].string() == "F", *bytes);
  }
  return std::nullopt;
}

std::optional<State> numpy_scalar(const State::Record& record) {
  if (!is_numpy_function(record.type, "multiarray.scalar") || !record.arguments.is_sequence()) return std::nullopt;
  const State::List& parts = record.arguments.items();
  if (parts.size() != 2) return std::nullopt;
  const std::optional<at::Tensor> tensor = numpy_tensor(State::tuple(), parts[0], false, parts[1]);
  if (!tensor || tensor->is_complex()) return std::nullopt;
  if (tensor->scalar_type() == c10::kBool) return *tensor->const_data_ptr<bool>();
  if (tensor->is_floating_point()) return tensor->item().toDouble();
  if (tensor->scalar_type() == c10::kUInt64) return *tensor->const_data_ptr<uint64_t>();
  return tensor->item().toLong();
}

std::optional<State> history(const State::Record& record) {
  if (!record.type.ends_with(".HistoryBuffer")) return std::nullopt;
  const State* values = record.state.find("_log_history");
  const State* counts = record.state.find("_count_history");
  if (!values || !counts) return std::nullopt;
  State result = State::dict({{"values", *values}, {"counts", *counts}});
  if (const State* max_length = record.state.find("max_length")) result["max_length"] = *max_length;
  return result;
}

std::optional<State> dict_subclass(const State::Record& record) {
  if (record.type == "collections.defaultdict") return record.items.is_none() ? State::dict() : record.items;
  if (record.type != "collections.Counter" || !record.arguments.is_sequence()) return std::nullopt;
  const State::List& arguments = record.arguments.items();
  if (arguments.empty()) return State::dict();
  if (arguments.size() != 1 || !arguments[0].is_dict()) return std::nullopt;
  return arguments[0];
}

}  // namespace

State without_known_records(State state) {
  switch (state.kind()) {
    case State::Kind::list:
    case State::Kind::tuple:
      for (State& item : state.items()) item = without_known_records(std::move(item));
      return state;
    case State::Kind::dict:
      for (State::Item& item : state.entries()) {
        item.value = without_known_records(std::move(item.value));
        State key = without_known_records(item.key);
        if (!key.is_tensor() && !key.is_dict()) item.key = std::move(key);
      }
      return state;
    case State::Kind::record:
      break;
    default:
      return state;
  }
  State::Record record = state.record();
  // The types of arrays are read as they were written, arrays before what may hold them.
  if (const auto tensor = numpy_array(record)) return *tensor;
  if (const auto scalar = numpy_scalar(record)) return *scalar;
  record.arguments = without_known_records(std::move(record.arguments));
  record.state = without_known_records(std::move(record.state));
  record.items = without_known_records(std::move(record.items));
  if (auto dict = history(record)) return std::move(*dict);
  if (auto dict = dict_subclass(record)) return std::move(*dict);
  return record;
}

}  // namespace millrace
