#include "millrace/structures/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/structures/instances.h"

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

void Sample::put(Key key, State value, Form form) {
  for (Field& field : fields_)
    if (field.key == key) {
      field.value = std::move(value);
      field.form = form;
      return;
    }
  if (fields_.empty()) fields_.reserve(8);  // what most samples need: one allocation
  fields_.push_back({key, std::move(value), form});
}

void Sample::set_rows(Key key, at::Tensor rows) {
  if (!rows.defined() || rows.dim() == 0 || rows.layout() != at::kStrided)
    throw Error(fmt::format("'{}' is not a tensor of rows (n, …): one row per instance", key.name()));
  put(key, std::move(rows), Form::rows);
}

void Sample::set_row_list(Key key, State rows) {
  if (!(rows.is_tensor() ? rows.tensor().dim() > 0 : rows.is_sequence()))
    throw Error(fmt::format("'{}' is neither a tensor (n, …) nor a list of n: one per instance", key.name()));
  put(key, std::move(rows), Form::row_list);
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

Instances Sample::instances(Key group) const {
  std::optional<Instances> instances;
  for (const Field& field : fields_) {
    if (field.form == Form::whole || !field.key.is_in(group)) continue;
    const int64_t rows = row_count(field.value);
    if (!instances) instances = Instances::of_images(std::array{rows});
    if (field.form == Form::rows && field.value.is_tensor()) instances->set(field.key.leaf(), field.value.tensor());
    else instances->set_list(field.key.leaf(), {field.value});
  }
  if (!instances) throw Error(fmt::format("the sample has no instances '{}'", group.name()));
  return *std::move(instances);
}

void Sample::set_instances(Key group, const Instances& instances) {
  if (instances.images() != 1)
    throw Error(fmt::format("a sample takes instances of one image, not of {}", instances.images()));
  std::erase_if(fields_, [&](const Field& field) { return field.form != Form::whole && field.key.is_in(group); });
  for (const Instances::Column& column : instances.columns()) {
    const Key key = group.child(column.name);
    if (const auto* values = std::get_if<at::Tensor>(&column.values)) set_rows(key, *values);
    else set_row_list(key, std::get<std::vector<State>>(column.values)[0]);
  }
}

int64_t row_count(const State& rows) {
  if (rows.is_tensor() && rows.tensor().dim() == 0) throw Error("a tensor without dimensions has no rows");
  return rows.is_tensor() ? rows.tensor().size(0) : static_cast<int64_t>(rows.items().size());
}

}  // namespace millrace
