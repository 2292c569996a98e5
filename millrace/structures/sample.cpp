#include "millrace/structures/sample.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

namespace {

Error wrong_kind(Key key, const State& value, std::string_view expected) {
  return Error(fmt::format("'{}' is of kind {}, not {}", key.name(), value.kind_name(), expected));
}

bool is_single_number(const State& value) { return value.is_tensor() && value.tensor().numel() == 1; }

}  // namespace

const State* Sample::find(Key key) const {
  for (const Field& field : fields_)
    if (field.key == key) return &field.value;
  return nullptr;
}

State* Sample::find(Key key) {
  for (Field& field : fields_)
    if (field.key == key) return &field.value;
  return nullptr;
}

void Sample::set(Key key, State value) {
  if (State* held = find(key)) *held = std::move(value);
  else fields_.push_back({key, std::move(value)});
}

bool Sample::erase(Key key) {
  return std::erase_if(fields_, [&](const Field& field) { return field.key == key; }) > 0;
}

void Sample::keep_only(std::span<const Key> keys) {
  std::erase_if(fields_,
                [&](const Field& field) { return std::find(keys.begin(), keys.end(), field.key) == keys.end(); });
}

const State& Sample::require(Key key) const {
  if (const State* value = find(key)) return *value;
  std::vector<std::string> names;
  for (const Field& field : fields_) names.push_back(field.key.name());
  throw Error(fmt::format("the sample has no '{}'; it has: {}", key.name(), names.empty() ? "nothing" : join(names)));
}

const at::Tensor& Sample::tensor(Key key) const {
  const State& value = require(key);
  if (!value.is_tensor()) throw wrong_kind(key, value, "tensor");
  return value.tensor();
}

int64_t Sample::integer(Key key) const {
  const State& value = require(key);
  if (is_single_number(value) && at::isIntegralType(value.tensor().scalar_type(), true))
    return value.tensor().item().toLong();
  if (!value.is_integer() && value.kind() != State::Kind::boolean) throw wrong_kind(key, value, "int");
  return value.integer();
}

double Sample::number(Key key) const {
  const State& value = require(key);
  if (is_single_number(value) && !at::isComplexType(value.tensor().scalar_type()))
    return value.tensor().item().toDouble();
  if (value.kind() != State::Kind::number && !value.is_integer()) throw wrong_kind(key, value, "float");
  return value.number();
}

const std::string& Sample::string(Key key) const {
  const State& value = require(key);
  if (!value.is_string()) throw wrong_kind(key, value, "str");
  return value.string();
}

}  // namespace millrace
