#include "millrace/registry/schema.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"

namespace millrace {

namespace {

std::string number_text(double value) {
  const std::string text = repr(value);
  return text.size() > 2 && text.ends_with(".0") ? text.substr(0, text.size() - 2) : text;
}

bool is_private_key(const std::string& key) { return key == "type" || key == "_scope_" || key == "_delete_"; }

}  // namespace

std::string Field::range_text() const {
  const bool has_low = low_ != -std::numeric_limits<double>::infinity();
  const bool has_high = high_ != std::numeric_limits<double>::infinity();
  std::string text;
  if (has_low && has_high && !low_open_ && !high_open_)
    text = "from " + number_text(low_) + " to " + number_text(high_);
  else {
    if (has_low) text = (low_open_ ? "above " : "at least ") + number_text(low_);
    if (has_high)
      text += (text.empty() ? "" : " and ") + std::string(high_open_ ? "below " : "at most ") + number_text(high_);
  }
  if (not_empty_) text += text.empty() ? "not empty" : ", not empty";
  return text;
}

void Field::check_range(const Value& value, const Place& place, const std::string& subject, Binder& binder) const {
  if (value.is_sequence()) {
    if (not_empty_ && value.items().empty()) binder.mistake(place, subject + " must not be empty");
    for (const Value& item : value.items()) check_range(item, place, subject, binder);
    return;
  }
  if (value.is_dict() && type_->name().starts_with("dict of "))  // other dicts are options with ranges of their own
    for (const auto& [key, item] : value.as_dict()) check_range(item, place, subject, binder);
  if (value.is_string() && not_empty_ && value.as_string().empty())
    binder.mistake(place, subject + " must not be empty");
  if (!value.is_number() && !value.is_integer() && !value.is_big_integer()) return;
  const double number = value.is_number()    ? value.as_number()
                        : value.is_integer() ? static_cast<double>(value.as_integer())
                                             : value.as_big_integer().to_double();
  // Written so that a nan, which compares false with everything, is refused where there is a bound.
  const bool above = low_ == -std::numeric_limits<double>::infinity() || (low_open_ ? number > low_ : number >= low_);
  const bool below =
      high_ == std::numeric_limits<double>::infinity() || (high_open_ ? number < high_ : number <= high_);
  if (!above || !below) binder.mistake(place, subject + " must be " + range_text() + ", got " + value.repr());
  else if (std::isnan(number)) binder.mistake(place, subject + " must be a number, got nan");
  else if (std::isinf(number) && has_floats_ && !may_be_infinite_)
    binder.mistake(place, subject + " must be finite, got " + value.repr());
}

std::vector<std::string> Schema::keys() const {
  std::vector<std::string> keys;
  for (const Field& field : fields_)
    if (!field.is_ignored()) keys.push_back(field.key());
  std::sort(keys.begin(), keys.end());
  return keys;
}

std::vector<std::string> Schema::names() const {
  std::vector<std::string> names = keys();  // before other spellings: of two that are as near, it is the one to suggest
  for (const Field& field : fields_) {
    if (field.is_ignored()) names.push_back(field.key());
    names.insert(names.end(), field.aliases().begin(), field.aliases().end());
  }
  return names;
}

const Field* Schema::find(std::string_view key) const {
  for (const Field& field : fields_) {
    if (field.key() == key) return &field;
    for (const std::string& alias : field.aliases())
      if (alias == key) return &field;
  }
  return nullptr;
}

void Schema::check_field(const Field& field, const void* options, const Value* given, Binder& binder) const {
  const void* member = field.in(options);
  if (field.type_->missing(member)) return;
  // Only plain fields have ranges; a dump of a field is what a config would say.
  if (field.range_text().empty() && !field.has_floats_) return;
  field.check_range(field.type_->dump(member), given ? given->place() : Place(), binder.subject(), binder);
}

Complaints Schema::complaints_of(const void* options) const {
  Complaints complaints(name_);
  for (const Check& check : checks_) check.run(static_cast<const char*>(options) + check.offset, complaints);
  return complaints;
}

void Schema::bind(void* options, const Value& dict, Binder& binder, const std::vector<std::string>& foreign) const {
  if (!flaw_.empty()) return void(binder.mistake(dict, flaw_));
  const std::string outer_subject = binder.subject();
  const size_t mistakes_before = binder.mistakes().size();
  std::map<const Field*, const Value*> given;
  std::set<std::string> meant;
  for (const auto& [key, value] : dict.as_dict()) {
    const std::string text = key.is_string() ? key.as_string() : "";
    const Field* field = find(text);
    if (!field) {
      if (is_private_key(text) || std::find(foreign.begin(), foreign.end(), text) != foreign.end()) continue;
      std::vector<std::string> known = names();
      known.insert(known.end(), foreign.begin(), foreign.end());
      known.emplace_back("_delete_");
      if (auto near = binder.unknown_key(key, name_, known, keys())) meant.insert(std::move(*near));
      continue;
    }
    if (!given.emplace(field, &value).second) {
      binder.mistake(key, name_ + " has '" + field->key() + "' twice: '" + text + "' is another spelling of it");
      continue;
    }
    if (field->is_ignored()) continue;
    const Binder::Step step(binder, text);
    binder.set_subject(name_ + "." + text);
    const size_t before = binder.mistakes().size();
    field->type_->bind(field->in(options), value, binder);
    if (binder.mistakes().size() == before) {
      binder.set_subject(name_ + "." + text);
      check_field(*field, options, &value, binder);
    }
  }
  for (const Field& field : fields_) {
    if (!field.is_required() || given.count(&field) || meant.count(field.key()) || binder.is_fragment()) continue;
    Error& error = binder.mistake(dict, name_ + " needs the key '" + field.key() + "'");
    error.note(field.key() + ": " + field.type_name() + (field.text().empty() ? "" : ", " + field.text()));
  }
  binder.set_subject(outer_subject);
  // What two fields decide together can be told when both are known and right.
  if (binder.mistakes().size() != mistakes_before || binder.is_lenient() || binder.is_fragment()) return;
  const Complaints complaints = complaints_of(options);
  for (const auto& [key, error] : complaints.all()) {
    const auto named = key.empty() ? given.end() : given.find(find(key));
    if (named == given.end()) {
      binder.mistake(dict, error);
    } else {
      const Binder::Step step(binder, key);
      binder.mistake(*named->second, error);
    }
  }
}

void Schema::check(const void* options, Binder& binder) const {
  if (!options) return void(binder.mistake(Place(), name_ + " is empty: options that were moved from have none"));
  if (!flaw_.empty()) return void(binder.mistake(Place(), flaw_));
  const size_t mistakes_before = binder.mistakes().size();
  for (const Field& field : fields_) {
    binder.set_subject(field.key());
    check_field(field, options, nullptr, binder);
    if (!field.type_->check) continue;
    const Binder::Step step(binder, field.key());
    field.type_->check(field.in(options), binder);
  }
  if (binder.mistakes().size() != mistakes_before) return;
  const Complaints complaints = complaints_of(options);
  for (const auto& [key, error] : complaints.all()) binder.mistake(Place(), error);
}

void Schema::settle(void* options) const {
  if (!defaults_) return;
  for (const Field& field : fields_)
    if (field.type_->settle) field.type_->settle(field.in(options), field.in(defaults_.get()));
}

void Schema::compare_defaults(const void* plain) {
  for (const Field& field : fields_) {
    if (field.is_ignored() || field.type_->settle ||
        field.type_->dump(field.in(plain)) == field.type_->dump(field.in(defaults_.get())))
      continue;
    flaw_ = name_ + "::defaults changes '" + field.key() + "', which is not a Default<…>";
  }
}

Value Schema::dump(const void* options) const {
  Value dict = Value::dict();
  for (const Field& field : fields_) {
    if (field.is_ignored()) continue;
    dict.as_dict().set(field.key(), field.type_->dump(field.in(options)));
  }
  return dict;
}

}  // namespace millrace
