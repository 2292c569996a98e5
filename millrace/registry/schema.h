#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/complaints.h"
#include "millrace/registry/field.h"

namespace millrace {

/// The keys of one Options aggregate: a plain table, filled once by its `describe`. Binding, validation, listing, the
/// effective config and "did you mean" all read this table, without templates.
class Schema {
 public:
  /// Runs `describe` of an aggregate. `name` is the name of its owner, the component, in messages. A static
  /// `check(const Options&, Complaints&)` of the owner or the aggregate checks what two or more fields decide together.
  /// A static `defaults(Options&)` of the owner changes the defaults of the aggregate (see Default). Both must be
  /// public.
  template <class Options, class Owner = Options>
  static Schema of(std::string name);

  const std::string& name() const { return name_; }
  const std::vector<Field>& fields() const { return fields_; }
  /// Sorted, without the ignored ones.
  std::vector<std::string> keys() const;
  /// All accepted keys, including other spellings and ignored keys.
  std::vector<std::string> names() const;
  /// Whether the key is accepted, in any spelling; ignored keys are.
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// The field of a key, in any spelling; null for an unknown key.
  const Field* find(std::string_view key) const;
  /// What is wrong with `describe` itself, for example a member that it does not name; else empty.
  const std::string& flaw() const { return flaw_; }

  /// Fills `options` (an object of the aggregate) from the dict; keys in `foreign` are allowed, too, and somebody else
  /// reads them. Adds every mistake to the binder: unknown and missing keys, wrong types, values out of range. Without
  /// such mistakes it runs `check`.
  void bind(void* options, const Value& dict, Binder& binder, const std::vector<std::string>& foreign = {}) const;
  /// Runs the same checks on an object that C++ filled in, and on the options that it holds.
  void check(const void* options, Binder& binder) const;
  /// Fills in the component's own defaults for each Default that was not given.
  void settle(void* options) const;
  /// A dict of all keys with the values in the object.
  Value dump(const void* options) const;

  /// An object of the aggregate with unset Required fields and defaults.
  std::shared_ptr<void> make() const { return make_(); }

 private:
  friend class Fields;
  struct Check {
    void (*run)(const void* options, Complaints& complaints);
    size_t offset;  // of the aggregate in the object
  };
  void check_field(const Field& field, const void* options, const Value* given, Binder& binder) const;
  Complaints complaints_of(const void* options) const;
  /// Notes a flaw if an object with the owner's defaults differs in a field that is not a Default.
  void compare_defaults(const void* plain);

  std::string name_, flaw_;
  std::vector<Field> fields_;
  std::vector<Check> checks_;
  std::shared_ptr<void> (*make_)() = nullptr;
  std::shared_ptr<void> defaults_;  // an object with the owner's defaults, where it has any
};

}  // namespace millrace
