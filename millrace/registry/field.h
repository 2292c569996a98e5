#pragma once

#include <limits>
#include <string>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/registry/field_type.h"

namespace millrace {

/// One key of a component, as `describe` states it; the setters return the field, so that they chain.
class Field {
 public:
  /// Every number in the field (in a list: each) must lie in the range, ends included unless the name says otherwise.
  Field& at_least(double low) { return low_ = low, *this; }
  Field& at_most(double high) { return high_ = high, *this; }
  Field& within(double low, double high) { return at_least(low).at_most(high); }
  Field& above(double low) { return low_ = low, low_open_ = true, *this; }
  Field& below(double high) { return high_ = high, high_open_ = true, *this; }
  /// A string or a list of at least one.
  Field& not_empty() { return not_empty_ = true, *this; }
  /// An older spelling of the key that is read, too.
  Field& alias(std::string name) { return aliases_.push_back(std::move(name)), *this; }
  /// A key that is read and means nothing here; `why` is listed.
  Field& ignored() { return ignored_ = true, *this; }

  const std::string& key() const { return key_; }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& aliases() const { return aliases_; }
  std::string type_name() const { return type_->name(); }
  /// "at least 1", "from 0 to 1", "" where there is none.
  std::string range_text() const;
  bool is_required() const { return required_; }
  bool is_ignored() const { return ignored_; }
  /// What the field holds where a config leaves it out.
  const Value& default_value() const { return default_; }

  /// How many numbers the field is, and of which kind; null where it is no fixed number of numbers.
  const Scalars* scalars() const { return type_->scalars; }
  /// Number i of the field in an object of the options; for a field with `scalars`.
  double number(const void* options, size_t i = 0) const { return scalars()->get(in(options), i); }
  void set_number(void* options, double value, size_t i = 0) const { scalars()->set(in(options), i, value); }

 private:
  friend class Schema;
  friend class Fields;
  const void* in(const void* options) const { return static_cast<const char*>(options) + offset_; }
  void* in(void* options) const { return static_cast<char*>(options) + offset_; }
  void check_range(const Value& value, const Place& place, const std::string& subject, Binder& binder) const;

  std::string key_, text_;
  const FieldType* type_ = nullptr;
  size_t offset_ = 0;
  double low_ = -std::numeric_limits<double>::infinity();
  double high_ = std::numeric_limits<double>::infinity();
  bool low_open_ = false, high_open_ = false, not_empty_ = false, required_ = false, ignored_ = false;
  std::vector<std::string> aliases_;
  Value default_;
};

}  // namespace millrace
