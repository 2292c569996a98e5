#pragma once

#include <concepts>
#include <memory>
#include <string>
#include <utility>

#include "millrace/registry/registry.h"

namespace millrace {

/// A field of options that holds another component: from a config, as a class with its options, or as an instance.
///
///     Component<Optimizer> optimizer = use<SGD>({.lr = 0.1});    // in a config: optimizer=dict(type='SGD', lr=0.1)
///     Component<Dataset> instance = std::make_shared<TensorDataset>(columns);
///
/// A base that reads its configs in its own way (a `type` that may be left out) has a static `bind_config(value,
/// binder)`. Binding a config checks the whole tree below it. build() makes a new object each time; for an instance it
/// returns that instance.
template <class Base>
class Component {
 public:
  Component() = default;
  template <class T>
  requires std::derived_from<T, Base> Component(std::shared_ptr<T> instance) {  // NOLINT: an option is what it holds
    // Stores what the registry stores when it builds an object: the points that a hook overrides.
    if constexpr (!std::is_same_v<T, Base> && requires { Base::adopt(*instance); })
      if (instance) Base::adopt(*instance);
    is_null_ = !instance;
    instance_ = std::move(instance);
  }
  explicit Component(BoundComponent bound) : bound_(std::move(bound)) {}

  /// Whether it holds nothing. A component that this program does not have counts as something.
  bool empty() const { return !instance_ && !bound_.entry && bound_.config.is_null(); }
  explicit operator bool() const { return !empty(); }
  /// Whether the config names a component that this program does not have: it can't be built.
  bool is_absent() const { return !empty() && !instance_ && !bound_.entry; }
  /// Whether it was made of a null pointer: then it is empty, and a mistake in options.
  bool is_null() const { return is_null_; }

  /// Throws Error with the place in the config and the path of the component.
  template <class... Args>
  std::shared_ptr<Base> build(Args&&... args) const {
    if (instance_) return instance_;
    if (!bound_.entry) detail::nothing_to_build(Base::kKind, bound_);
    return Base::Registry::make(bound_, std::forward<Args>(args)...);
  }

  /// The facts that are known before it is built (see Registry). For an instance, the base type needs its own facts().
  template <class B = Base>
  typename B::Facts facts() const {
    if (!instance_) return B::Registry::facts(bound_);
    if constexpr (requires(const B& instance) { instance.facts(); }) return std::as_const(*instance_).facts();
    else return {};
  }

  const std::shared_ptr<Base>& instance() const { return instance_; }
  /// The config that it came from; null if C++ gave it.
  const Value& config() const { return bound_.config; }
  const BoundComponent& bound() const { return bound_; }
  /// The class that build() makes: "StepLR"; empty for an instance.
  std::string type() const { return bound_.entry ? bound_.entry->name : std::string(); }

 private:
  friend struct TypeOf<Component<Base>>;
  std::shared_ptr<Base> instance_;
  bool is_null_ = false;
  BoundComponent bound_;
};

/// A class and the options to build it from, for components that can't be made yet: an optimizer needs parameters, a
/// scheduler needs an optimizer. Pass it as a Component of its kind.
///
///     Component<Optimizer> optimizer = use<SGD>({.lr = 0.1});
template <class T>
Component<typename T::Registry::Base> use(typename T::Options options) {
  schema_of<T>().settle(&options);
  return Component<typename T::Registry::Base>(BoundComponent{&T::Registry::template unregistered_entry<T>(),
                                                              {},
                                                              std::make_shared<typename T::Options>(std::move(options)),
                                                              {}});
}
/// With the default options.
template <class T>
Component<typename T::Registry::Base> use() {
  return use<T>(typename T::Options{});
}

template <class Base>
struct TypeOf<Component<Base>> {
  static std::string name() { return Base::kKind; }
  static void bind(Component<Base>& field, const Value& value, Binder& binder) {
    field = {};
    if constexpr (requires { Base::bind_config(value, binder); }) field.bound_ = Base::bind_config(value, binder);
    else field.bound_ = bind_component(Base::kKind, value, binder);
  }
  static Value dump(const Component<Base>& field) {
    if (field.instance_) return Value(std::string("<") + Base::kKind + " instance>");
    return dump_component(field.bound_);
  }
  /// Checks what C++ gave; a config was checked when it was bound.
  static void check(const Component<Base>& field, Binder& binder) {
    if (field.is_null_) binder.null_pointer(Base::kKind);
    if (field.bound_.entry && field.bound_.config.is_null())
      field.bound_.entry->schema->check(field.bound_.options.get(), binder);
  }
};

}  // namespace millrace
