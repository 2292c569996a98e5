#pragma once

#include <limits>
#include <string>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/registry/field_type.h"

namespace millrace {

/// One key of a component, as written in `describe`; the setters return the field, so you can chain them.
class Field {
 public:
  /// Each number in the field must be in the range. The ends belong to it, unless the name says otherwise.
  Field& at_least(double low) { return low_ = low, *this; }
  Field& at_most(double high) { return high_ = high, *this; }
  Field& within(double low, double high) { return at_least(low).at_most(high); }
  Field& above(double low) { return low_ = low, low_open_ = true, *this; }
  Field& below(double high) { return high_ = high, high_open_ = true, *this; }
  /// Takes inf too, which means something such as no limit. Other fields take only finite numbers.
  Field& may_be_infinite() { return may_be_infinite_ = true, *this; }
  /// Refuses an empty string or list.
  Field& not_empty() { return not_empty_ = true, *this; }
  /// Accepts an older spelling of the key, too.
  Field& alias(std::string name) { return aliases_.push_back(std::move(name)), *this; }
  /// Accepts the key and ignores it; `why` is listed.
  Field& ignored() { return ignored_ = true, *this; }

  const std::string& key() const { return key_; }
  const std::string& text() const { return text_; }
  const std::vector<std::string>& aliases() const { return aliases_; }
  std::string type_name() const { return type_->name(); }
  /// "at least 1", "from 0 to 1"; "" without a range.
  std::string range_text() const;
  bool is_required() const { return required_; }
  bool is_ignored() const { return ignored_; }
  /// The value of the field if a config leaves it out.
  const Value& default_value() const { return default_; }

  /// How to read the field as numbers; null if it is not a fixed number of numbers.
  const Scalars* scalars() const { return type_->scalars; }
  /// Number i of the field in an options object; only if `scalars` is set.
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
  bool has_floats_ = false, may_be_infinite_ = false;
  std::vector<std::string> aliases_;
  Value default_;
};

}  // namespace millrace
