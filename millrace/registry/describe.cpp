#include "millrace/registry/describe.h"

#include <algorithm>

#include "millrace/base/text.h"

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

void Fields::compare_members(int count, size_t size) {
  std::vector<Member> sorted = members_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Member& a, const Member& b) { return a.place < b.place; });
  for (size_t i = 1; i < sorted.size(); ++i)
    if (sorted[i].place == sorted[i - 1].place) {
      schema_.flaw_ =
          schema_.name_ + " describes one member twice, as '" + sorted[i - 1].key + "' and '" + sorted[i].key + "'";
      return;
    }
  const auto described = static_cast<int>(members_.size());
  if (described == count) return;
  schema_.flaw_ = schema_.name_ + "::Options has " + std::to_string(count) + " members, and its describe names " +
                  std::to_string(described);
  // Up to 7 bytes between two members may be padding.
  constexpr size_t kPadding = 8;
  std::vector<std::string> holes, small;
  const auto* end = static_cast<const char*>(object_);
  const char* const last = end + size;
  const auto look = [&](const char* next, const std::string& before) {
    const auto hole = static_cast<size_t>(next - end);
    const std::string at = (before.empty() ? "the first one" : "the one behind '" + before + "'") + " (byte " +
                           std::to_string(end - static_cast<const char*>(object_)) + ")";
    if (hole > 0) (hole >= kPadding ? holes : small).push_back(at);
  };
  std::string before;
  for (const Member& member : sorted) {
    look(static_cast<const char*>(member.place), before);
    end = static_cast<const char*>(member.place) + member.size;
    before = member.key;
  }
  look(last, before);
  if (holes.empty()) holes = std::move(small);
  if (!holes.empty()) schema_.flaw_ += ": it lacks " + join(holes, " or ");
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
