#include "millrace/registry/describe.h"

namespace millrace {

Field& Fields::ignore(const char* key, const char* why, Value value) {
  Field field;
  field.key_ = key;
  field.text_ = why;
  field.type_ = &field_type<Value>();
  field.default_ = std::move(value);
  field.ignored_ = true;
  if (schema_.find(key)) schema_.flaw_ = schema_.name_ + " describes the key '" + std::string(key) + "' twice";
  schema_.fields_.push_back(std::move(field));
  return schema_.fields_.back();
}

Field& Fields::add_field(const char* key, const char* text, const FieldType& type, void* member, bool required) {
  Field field;
  field.key_ = key;
  field.text_ = text;
  field.type_ = &type;
  field.offset_ = static_cast<size_t>(static_cast<char*>(member) - static_cast<char*>(root_));
  field.required_ = required;
  field.has_floats_ =
      type.name().find("float") != std::string::npos;  // names of types are made of those of their parts
  if (!required) field.default_ = type.dump(member);
  if (schema_.find(key)) schema_.flaw_ = schema_.name_ + " describes the key '" + std::string(key) + "' twice";
  schema_.fields_.push_back(std::move(field));
  return schema_.fields_.back();
}

void Fields::add_check(void (*check)(const void*, Complaints&)) {
  schema_.checks_.push_back({check, static_cast<size_t>(static_cast<char*>(object_) - static_cast<char*>(root_))});
}

void Fields::compare_count(int members) {
  if (members_ != members)
    schema_.flaw_ =
        schema_.name_ + " describes " + std::to_string(members_) + " of its " + std::to_string(members) + " options";
}

namespace detail {

std::string last_name_of_signature(std::string_view signature) {
  const size_t begin = signature.find("T = ") + 4;
  std::string_view name = signature.substr(begin, signature.find_first_of(";]", begin) - begin);
  constexpr std::string_view kNested = "::Options";  // DataLoader::Options is what a user knows as DataLoader
  if (name.ends_with(kNested)) name.remove_suffix(kNested.size());
  size_t last = 0;
  int depth = 0;  // "A<b::C>" is named "A<b::C>"
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    else if (name[i] == '>') --depth;
    else if (depth == 0 && name[i] == ':') last = i + 1;
  }
  return std::string(name.substr(last));
}

void settle_checked(const Schema& schema, void* options) {
  schema.settle(options);
  Binder binder;
  schema.check(options, binder);
  binder.mistakes().throw_if_any();
}

}  // namespace detail

}  // namespace millrace
