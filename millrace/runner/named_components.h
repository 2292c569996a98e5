#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/registry/component.h"

namespace millrace {

/// Components by name, or usually one without a name: `optim_wrapper` and `param_scheduler` are one component in most
/// configs, and a dict of components for a model with several optimizers.
template <class Base>
struct Named {
  /// The name is "" for the only one.
  std::vector<std::pair<std::string, std::vector<Component<Base>>>> entries;
  /// A constructor that this program does not have makes them, perhaps with more names.
  bool made_elsewhere = false;

  Named() = default;
  Named(Component<Base> only) : Named(std::vector{std::move(only)}) {}        // NOLINT: an option is what it holds
  Named(std::vector<Component<Base>> all) : entries{{"", std::move(all)}} {}  // NOLINT
  Named(std::initializer_list<std::pair<std::string, std::vector<Component<Base>>>> named) : entries(named) {}
  bool empty() const { return entries.empty(); }
};

namespace detail {
/// Whether a dict holds components by name: it has no `type`, and its values are all dicts, lists or null. With an
/// `own_key`, at least one of the values has that key or is a component of the kind.
bool names_components(const Value& value, std::string_view kind, const char* own_key, const Binder& binder);
}  // namespace detail

/// A dict with the `own_key` of its kind is one component, even without a `type`.
template <class Base>
struct TypeOf<Named<Base>> {
  static std::string name() { return std::string(Base::kKind) + ", list of them, or dict of names to them"; }
  static void bind(Named<Base>& field, const Value& value, Binder& binder) {
    field = {};
    if (value.is_null()) return;
    const char* own_key = nullptr;
    if constexpr (requires { Base::kOwnKey; }) own_key = Base::kOwnKey;
    if (detail::names_components(value, Base::kKind, own_key, binder)) {
      field.made_elsewhere = !constructor_is_known(value, binder);
      const Binder::Lenient lenient(binder, field.made_elsewhere);
      for (const auto& [key, item] : value.as_dict())
        if (key.is_string() && key.as_string() != "constructor") bind_one(field, key.as_string(), item, binder);
    } else {
      bind_one(field, "", value, binder);
    }
  }
  static void check(const Named<Base>& field, Binder& binder) {
    for (const auto& [name, components] : field.entries) {
      if (components.size() == 1) TypeOf<Component<Base>>::check(components[0], binder);
      else TypeOf<std::vector<Component<Base>>>::check(components, binder);
    }
  }
  static Value dump(const Named<Base>& field) {
    Value all = Value::dict();
    for (const auto& [name, components] : field.entries) {
      Value one = components.size() == 1 ? TypeOf<Component<Base>>::dump(components[0])
                                         : TypeOf<std::vector<Component<Base>>>::dump(components);
      if (name.empty()) return one;
      all.as_dict().set(name, std::move(one));
    }
    return field.entries.empty() ? Value() : all;
  }

 private:
  /// The constructor of all optimizers may read keys that the wrappers do not know.
  static bool constructor_is_known(const Value& value, Binder& binder) {
    if constexpr (requires { Base::constructor_is_known(value, binder); })
      return Base::constructor_is_known(value, binder);
    return true;
  }
  static void bind_one(Named<Base>& field, const std::string& name, const Value& value, Binder& binder) {
    OneOrMany<Component<Base>> components;
    if (name.empty()) TypeOf<OneOrMany<Component<Base>>>::bind(components, value, binder);
    else detail::bind_element(components, value, binder, name);
    field.entries.emplace_back(name, components.values());
  }
};

}  // namespace millrace
