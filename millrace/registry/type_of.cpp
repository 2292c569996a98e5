#include "millrace/registry/type_of.h"

#include <cmath>
#include <limits>

#include "millrace/base/text.h"
#include "millrace/config/big_integer.h"
#include "millrace/registry/schema.h"

namespace millrace {

namespace {

void bind_integer(int64_t& field, const Value& value, Binder& binder, int64_t low, int64_t high) {
  int64_t number = 0;
  const auto refuse = [&] {
    binder.mistake(value, binder.subject() + " must fit into " +
                              (high > std::numeric_limits<int>::max() ? "64" : "32") + " bits, got " + value.repr());
  };
  if (value.is_big_integer()) return refuse();
  if (value.is_integer()) {
    number = value.as_integer();
  } else if (value.is_number() && std::trunc(value.as_number()) == value.as_number() &&
             std::fabs(value.as_number()) < 0x1p63) {
    number = static_cast<int64_t>(value.as_number());
  } else {
    return binder.wrong_type(value, "an int");
  }
  if (number < low || number > high) refuse();
  else field = number;
}

}  // namespace

std::string TypeOf<bool>::name() { return "bool"; }
void TypeOf<bool>::bind(bool& field, const Value& value, Binder& binder) {
  if (value.is_bool()) field = value.as_bool();
  else binder.wrong_type(value, "True or False");
}
Value TypeOf<bool>::dump(const bool& field) { return field; }

std::string TypeOf<int>::name() { return "int"; }
void TypeOf<int>::bind(int& field, const Value& value, Binder& binder) {
  int64_t wide = field;
  bind_integer(wide, value, binder, std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
  field = static_cast<int>(wide);
}
Value TypeOf<int>::dump(const int& field) { return field; }

std::string TypeOf<int64_t>::name() { return "int"; }
void TypeOf<int64_t>::bind(int64_t& field, const Value& value, Binder& binder) {
  bind_integer(field, value, binder, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
}
Value TypeOf<int64_t>::dump(const int64_t& field) { return field; }

std::string TypeOf<double>::name() { return "float"; }
void TypeOf<double>::bind(double& field, const Value& value, Binder& binder) {
  if (value.is_number()) field = value.as_number();
  else if (value.is_integer()) field = static_cast<double>(value.as_integer());
  else if (value.is_big_integer() && std::isfinite(value.as_big_integer().to_double()))
    field = value.as_big_integer().to_double();
  else if (value.is_big_integer())
    binder.mistake(value, binder.subject() + " must fit into a float, got " + value.repr());
  else binder.wrong_type(value, "a number");
}
Value TypeOf<double>::dump(const double& field) { return field; }

std::string TypeOf<std::string>::name() { return "str"; }
void TypeOf<std::string>::bind(std::string& field, const Value& value, Binder& binder) {
  if (value.is_string()) field = value.as_string();
  else binder.wrong_type(value, "a string");
}
Value TypeOf<std::string>::dump(const std::string& field) { return field; }

std::string TypeOf<std::filesystem::path>::name() { return "path"; }
void TypeOf<std::filesystem::path>::bind(std::filesystem::path& field, const Value& value, Binder& binder) {
  if (value.is_string()) field = value.as_string();
  else binder.wrong_type(value, "a path");
}
Value TypeOf<std::filesystem::path>::dump(const std::filesystem::path& field) { return field.string(); }

std::string TypeOf<Value>::name() { return "any"; }
void TypeOf<Value>::bind(Value& field, const Value& value, Binder&) { field = value; }
Value TypeOf<Value>::dump(const Value& field) { return field; }

namespace detail {

bool accept_sequence(const Value& value, Binder& binder, std::string_view expected) {
  if (value.is_sequence()) return true;
  binder.wrong_type(value, expected);
  return false;
}

bool accept_length(const Value& value, size_t length, Binder& binder, std::string_view expected) {
  if (value.is_sequence() && value.items().size() == length) return true;
  if (value.is_sequence())
    binder.mistake(value, binder.subject() + " must have " + std::to_string(length) + " entries, got " +
                              std::to_string(value.items().size()) + ": " + value.repr());
  else binder.wrong_type(value, expected);
  return false;
}

void bind_enum(int64_t& index, const Value& value, Binder& binder, const std::vector<std::string>& names) {
  if (value.is_string()) {
    for (size_t i = 0; i < names.size(); ++i) {
      if (names[i] == value.as_string()) {
        index = static_cast<int64_t>(i);
        return;
      }
    }
    binder.mistake(value, binder.subject() + " must be " + quoted_choice(names) + ", got '" + value.as_string() + "'" +
                              did_you_mean(value.as_string(), names));
    return;
  }
  binder.wrong_type(value, quoted_choice(names));
}

std::string enum_type_name(const std::vector<std::string>& names) { return quoted_choice(names); }

void bind_described(const Schema& schema, void* object, const Value& value, Binder& binder) {
  if (!value.is_dict()) return binder.wrong_type(value, "a dict");
  schema.bind(object, value, binder);
}

Value dump_described(const Schema& schema, const void* object) { return schema.dump(object); }

void check_described(const Schema& schema, const void* object, Binder& binder) { schema.check(object, binder); }

}  // namespace detail

}  // namespace millrace
