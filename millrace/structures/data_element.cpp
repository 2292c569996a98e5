#include "millrace/structures/data_element.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/tensor/state_text.h"

namespace millrace {
namespace {

using ElementFields = DataElement::Fields;

const State* find_in(const ElementFields& fields, Key key) {
  for (const auto& field : fields)
    if (field.key == key) return &field.value;
  return nullptr;
}

void put_in(ElementFields& fields, Key key, State value) {
  for (auto& field : fields)
    if (field.key == key) {
      field.value = std::move(value);
      return;
    }
  fields.push_back({key, std::move(value)});
}

bool erase_from(ElementFields& fields, Key key) {
  return std::erase_if(fields, [&](const auto& field) { return field.key == key; }) > 0;
}

/// The part of a name behind "group.".
std::optional<Key> name_within(Key key, Key group) {
  const std::string prefix = group.name() + ".";
  if (!key.name().starts_with(prefix)) return std::nullopt;
  return Key(std::string_view(key.name()).substr(prefix.size()));
}

Error taken(Key key, const char* wanted, const char* is) {
  return Error(fmt::format("'{}' can't be {}: it is {}", key.name(), wanted, is)).note("erase it first");
}

/// Sets `value` below the dicts of the name's groups.
void put_nested(State& dict, Key key, const State& value) {
  State* at = &dict;
  std::string_view rest = key.name();
  for (size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
    State& next = (*at)[rest.substr(0, dot)];
    if (!next.is_dict() && !next.is_none())
      throw Error(fmt::format("'{}' has a value, and is the group of '{}'", rest.substr(0, dot), key.name()));
    at = &next;
    rest = rest.substr(dot + 1);
  }
  if (const State* held = at->find(rest); held && held->is_dict() && !value.is_dict())
    throw Error(fmt::format("'{}' has a value, and is a group", key.name()));
  (*at)[rest] = value;
}

std::string field_text(const State& value) {
  if (!value.is_tensor()) return python_text(value, 4);
  return fmt::format("tensor ({}) {}", fmt::join(value.tensor().sizes(), ", "),
                     to_lower(c10::toString(value.tensor().scalar_type())));
}

}  // namespace

DataElement::DataElement(const Fields& metainfo, const Fields& data) {
  for (const auto& [key, value] : metainfo) set_metainfo(key, value);
  for (const auto& [key, value] : data) set(key, value);
}

DataElement DataElement::of(const Sample& sample) {
  DataElement element;
  for (const Sample::Field& field : sample.fields()) {
    const bool is_data = field.form != Sample::Form::whole || field.value.is_tensor();
    (is_data ? element.data_ : element.metainfo_).push_back({field.key, field.value});
  }
  return element;
}

void DataElement::set_metainfo(Key key, const State& value) {
  if (find_in(data_, key)) throw taken(key, "metainfo", "data");
  put_in(metainfo_, key, millrace::converted(value, cloned()));
}

void DataElement::set(Key key, State value) {
  if (find_in(metainfo_, key)) throw taken(key, "data", "metainfo");
  put_in(data_, key, std::move(value));
}

void DataElement::update(const DataElement& other) {
  for (const auto& [key, value] : other.metainfo_) set_metainfo(key, value);
  for (const auto& [key, value] : other.data_) set(key, value);
}

const State* DataElement::find(Key key) const {
  if (const State* value = find_in(metainfo_, key)) return value;
  return find_in(data_, key);
}

const State& DataElement::at(Key key) const {
  if (const State* value = find(key)) return *value;
  std::vector<std::string> names;
  for (const Fields* fields : {&metainfo_, &data_})
    for (const auto& field : *fields) names.push_back(field.key.name());
  throw Error(fmt::format("the element has no '{}'; it has: {}", key.name(), names.empty() ? "nothing" : join(names)));
}

State DataElement::pop(Key key) {
  State value = at(key);
  erase(key);
  return value;
}

bool DataElement::erase(Key key) { return erase_from(metainfo_, key) || erase_from(data_, key); }

DataElement DataElement::element(Key group) const {
  DataElement element;
  for (const auto& [key, value] : metainfo_)
    if (const auto name = name_within(key, group)) element.metainfo_.push_back({*name, value});
  for (const auto& [key, value] : data_)
    if (const auto name = name_within(key, group)) element.data_.push_back({*name, value});
  if (element.metainfo_.empty() && element.data_.empty())
    throw Error(fmt::format("the element has no fields in '{}'", group.name()));
  return element;
}

void DataElement::set_element(Key group, const DataElement& element) {
  const auto inner = [&](Key key) { return Key(group.name() + "." + key.name()); };
  for (const auto& [key, value] : element.metainfo_) set_metainfo(inner(key), value);
  for (const auto& [key, value] : element.data_) set(inner(key), value);
}

DataElement DataElement::converted(const TensorConversion& conversion) const {
  DataElement element = *this;
  for (auto& field : element.data_) field.value = millrace::converted(field.value, conversion);
  return element;
}

State DataElement::to_dict() const {
  State dict = State::dict();
  for (const auto& [key, value] : metainfo_) put_nested(dict, key, value);
  for (const auto& [key, value] : data_) put_nested(dict, key, value);
  return dict;
}

std::string DataElement::text() const {
  std::string text = "META INFORMATION\n";
  for (const auto& [key, value] : metainfo_) text += fmt::format("  {}: {}\n", key.name(), field_text(value));
  text += "DATA FIELDS\n";
  for (const auto& [key, value] : data_) text += fmt::format("  {}: {}\n", key.name(), field_text(value));
  return text;
}

}  // namespace millrace
