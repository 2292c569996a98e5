#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/complaints.h"
#include "millrace/registry/field.h"

namespace millrace {

/// The keys of one Options aggregate: a plain table, filled once by its `describe`. Binding, validation, listing, the
/// effective config and "did you mean" all read this table; none of them is a template.
class Schema {
 public:
  /// Runs `describe` of an aggregate. `name` is what messages call its owner, the component. Where the owner or the
  /// aggregate has a static `check(const Options&, Complaints&)`, it holds what two or more fields decide together;
  /// where the owner has a static `defaults(Options&)`, its values take the place of the aggregate's (see Default).
  /// Both must be public.
  template <class Options, class Owner = Options>
  static Schema of(std::string name);

  const std::string& name() const { return name_; }
  const std::vector<Field>& fields() const { return fields_; }
  /// Sorted, without the ignored ones.
  std::vector<std::string> keys() const;
  /// Every text that is read as a key: also other spellings, and what is ignored.
  std::vector<std::string> names() const;
  /// Whether the key, or another spelling of it, is described; ignored ones are.
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// The field of a key, or of another spelling of it; null if there is none.
  const Field* find(std::string_view key) const;
  /// Empty, or what is wrong with the description itself: a member that no line of `describe` names.
  const std::string& flaw() const { return flaw_; }

  /// Fills `options` (an object of the aggregate) from the dict; keys in `foreign` belong beside ours and are read by
  /// somebody else. Adds every mistake to the binder: unknown and missing keys, wrong types, values out of range, and
  /// where there is none of these, what `check` finds.
  void bind(void* options, const Value& dict, Binder& binder, const std::vector<std::string>& foreign = {}) const;
  /// The same checks of an object that C++ filled in, and of the options that it holds.
  void check(const void* options, Binder& binder) const;
  /// Fills in the component's own defaults where a Default was not given.
  void settle(void* options) const;
  /// A dict of all keys with the values in the object.
  Value dump(const void* options) const;

  /// An object of the aggregate, as empty as it can be.
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
