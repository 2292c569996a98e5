#include "millrace/optim/group_settings.h"

#include "millrace/tensor/value_state.h"

namespace millrace {

namespace {

bool is_schedulable(const Field& field) {
  return !field.is_ignored() && field.scalars() && field.scalars()->kind == Scalars::Kind::number;
}

bool is_flag(const Field& field) {
  return !field.is_ignored() && field.scalars() && field.scalars()->kind == Scalars::Kind::boolean &&
         !field.scalars()->is_sequence;
}

std::string entry_name(const Field& field, size_t entry) {
  if (!field.scalars()->is_sequence) return field.key();
  if (field.key() != "betas") return field.key() + "[" + std::to_string(entry) + "]";
  return entry == 0 ? "momentum" : "beta" + std::to_string(entry + 1);
}

}  // namespace

GroupSettings::GroupSettings(const Schema& schema, std::shared_ptr<void> options)
    : schema_(&schema), options_(std::move(options)) {
  for (const Field& field : schema.fields()) {
    if (!is_schedulable(field)) continue;
    for (size_t i = 0; i < field.scalars()->count; ++i) numbers_.push_back({entry_name(field, i), &field, i});
  }
}

std::optional<GroupSettings::Slot> GroupSettings::find(std::string_view name) const {
  for (size_t i = 0; i < numbers_.size(); ++i)
    if (numbers_[i].name == name) return static_cast<Slot>(i);
  for (size_t i = 0; i < added_.size(); ++i)
    if (added_[i].name == name) return static_cast<Slot>(numbers_.size() + i);
  return std::nullopt;
}

double GroupSettings::get(Slot slot) const {
  if (is_added(slot)) return added_[slot - numbers_.size()].value;
  const Number& number = numbers_[slot];
  return number.field->number(options_.get(), number.entry);
}

void GroupSettings::set(Slot slot, double value) {
  if (is_added(slot)) {
    added_[slot - numbers_.size()].value = value;
    return;
  }
  const Number& number = numbers_[slot];
  number.field->set_number(options_.get(), value, number.entry);
}

std::vector<std::string> GroupSettings::names() const {
  std::vector<std::string> names;
  for (const Number& number : numbers_) names.push_back(number.name);
  return names;
}

GroupSettings::Slot GroupSettings::add(std::string_view name, double value) {
  if (const auto slot = find(name)) return *slot;
  added_.push_back({std::string(name), value});
  return static_cast<Slot>(numbers_.size() + added_.size() - 1);
}

void GroupSettings::assign(const State& values) {
  Value dict = Value::dict();
  for (const auto& [key, state] : values.entries())
    if (std::optional<Value> value = value_of(state)) dict.as_dict().set(key.string(), std::move(*value));
  Binder binder;
  binder.set_fragment(true);
  schema_->bind(options_.get(), dict, binder);
  binder.throw_if_any();
}

State GroupSettings::by_key() const {
  const Value values = schema_->dump(options_.get());
  State all = State::dict();
  for (const Field& field : schema_->fields())
    all[field.key()] = state_of(field.is_ignored() ? field.default_value() : *values.find(field.key()));
  return all;
}

State GroupSettings::by_name() const {
  const Value values = schema_->dump(options_.get());
  State all = State::dict();
  Slot slot = 0;
  for (const Field& field : schema_->fields()) {
    if (is_schedulable(field)) {
      for (size_t i = 0; i < field.scalars()->count; ++i, ++slot) all[numbers_[slot].name] = get(slot);
    } else if (is_flag(field)) {
      all[field.key()] = field.number(options_.get());
    } else if (!field.is_ignored()) {
      all[field.key()] = state_of(*values.find(field.key()));
    }
  }
  return all;
}

void GroupSettings::set_named(const std::string& name, const State& value) {
  const Field* field = schema_->find(name);
  if (const auto slot = find(name)) set(*slot, value.number());
  else if (field && is_flag(*field)) field->set_number(options_.get(), value.number());
  else assign(State::dict({{name, value}}));
}

}  // namespace millrace
