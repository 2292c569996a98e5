#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/field_count.h"
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

 private:
  friend class Schema;
  friend class Fields;
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

/// The keys of one Options aggregate: a plain table, filled once by its `describe`. Binding, validation, listing, the
/// effective config and "did you mean" all read this table; none of them is a template.
class Schema {
 public:
  /// Runs `describe` of an aggregate. `name` is what messages call its owner.
  template <class Options>
  static Schema of(std::string name);

  const std::string& name() const { return name_; }
  const std::vector<Field>& fields() const { return fields_; }
  /// Sorted, without the ignored ones.
  std::vector<std::string> keys() const;
  /// Every text that is read as a key: also other spellings, and what is ignored.
  std::vector<std::string> names() const;
  /// Whether the key, or another spelling of it, is described; ignored ones are.
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// Empty, or what is wrong with the description itself: a member that no line of `describe` names.
  const std::string& flaw() const { return flaw_; }

  /// Fills `options` (an object of the aggregate) from the dict; keys in `foreign` belong beside ours and are read by
  /// somebody else. Adds every mistake to the binder: unknown and missing keys, wrong types, values out of range.
  void bind(void* options, const Value& dict, Binder& binder, const std::vector<std::string>& foreign = {}) const;
  /// Checks ranges of an object that was filled by C++.
  void check(const void* options, Binder& binder) const;
  /// A dict of all keys with the values in the object.
  Value dump(const void* options) const;

  /// An object of the aggregate, as empty as it can be.
  std::shared_ptr<void> make() const { return make_(); }

 private:
  friend class Fields;
  const Field* find(std::string_view key) const;
  void check_field(const Field& field, const void* options, const Value* given, Binder& binder) const;

  std::string name_, flaw_;
  std::vector<Field> fields_;
  std::function<std::shared_ptr<void>()> make_;
};

/// The visitor that `describe` is called with: one class for every component.
class Fields {
 public:
  template <class Owner, class T>
  Field& operator()(const char* key, T Owner::*member, const char* text) {
    ++members_;
    return add(key, text, field_type<T>(), static_cast<Owner*>(object_)->*member);
  }

  /// A key that configs of MMEngine have and that means nothing here: it is read over.
  Field& ignore(const char* key, const char* why);

  /// The keys of a member that is an aggregate of its own stand beside ours.
  template <class Owner, class T>
  void flatten(T Owner::*member) {
    ++members_;
    void* const outer = object_;
    object_ = &(static_cast<Owner*>(object_)->*member);
    const int outer_members = members_;
    T::describe(*this);
    members_ = outer_members;
    object_ = outer;
  }

 private:
  friend class Schema;
  Fields(Schema& schema, void* object) : schema_(schema), root_(object), object_(object) {}
  template <class T>
  Field& add(const char* key, const char* text, const FieldType& type, T& member) {
    return add_field(key, text, type, &member, detail::IsRequired<T>::value);
  }
  Field& add_field(const char* key, const char* text, const FieldType& type, void* member, bool required);

  Schema& schema_;
  void* root_;
  void* object_;
  int members_ = 0;
};

template <class Options>
Schema Schema::of(std::string name) {
  Schema schema;
  schema.name_ = std::move(name);
  schema.make_ = [] { return std::make_shared<Options>(detail::make_options<Options>()); };
  const std::shared_ptr<void> object = schema.make_();
  Fields fields(schema, object.get());
  Options::describe(fields);
  constexpr int kMembers = detail::count_members<Options>();
  if (fields.members_ != kMembers)
    schema.flaw_ = schema.name_ + " describes " + std::to_string(fields.members_) + " of its " +
                   std::to_string(kMembers) + " options";
  return schema;
}

namespace detail {

struct NoOptions {
  template <class F>
  static void describe(F&) {}
};

/// "StepLR" of a class millrace::StepLR.
std::string last_name_of_signature(std::string_view signature);
template <class T>
std::string class_name() {
  return last_name_of_signature(__PRETTY_FUNCTION__);
}

template <class T>
const Schema& schema_of_struct() {
  static const Schema schema = Schema::of<T>(class_name<T>());
  return schema;
}

void throw_mistakes_of(const Schema& schema, const void* options);

}  // namespace detail

/// The schema of a component: of its nested Options, or of no keys at all where it has none.
template <class Component>
const Schema& schema_of() {
  if constexpr (requires { typename Component::Options; }) {
    static const Schema schema = Schema::of<typename Component::Options>(detail::class_name<Component>());
    return schema;
  } else {
    static const Schema schema = Schema::of<detail::NoOptions>(detail::class_name<Component>());
    return schema;
  }
}

/// Options that C++ filled in, with the ranges of `describe` checked: for the constructor of a component.
///
///     StepLR::StepLR(OptimWrapper& optim, Options options) : options_(checked<StepLR>(std::move(options))) {}
///
/// Throws Error "step_size must be at least 1, got 0".
template <class Component>
typename Component::Options checked(typename Component::Options options) {
  detail::throw_mistakes_of(schema_of<Component>(), &options);
  return options;
}

}  // namespace millrace
