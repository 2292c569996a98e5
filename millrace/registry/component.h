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
/// A base that reads its configs in a way of its own (a `type` that may be left out) has a static `bind_config(value,
/// binder)`. A config is checked through the whole tree below it when it is bound; build() makes a new object each time
/// (an instance is given out as it is).
template <class Base>
class Component {
 public:
  Component() = default;
  template <class T>
  requires std::derived_from<T, Base> Component(std::shared_ptr<T> instance) {  // NOLINT: an option is what it holds
    // What the registry notes of a class when it builds one: which points a hook has.
    if constexpr (!std::is_same_v<T, Base> && requires { Base::adopt(*instance); })
      if (instance) Base::adopt(*instance);
    instance_ = std::move(instance);
  }
  explicit Component(BoundComponent bound) : bound_(std::move(bound)) {}

  /// Whether it names nothing; a component that this program does not have is named.
  bool empty() const { return !instance_ && !bound_.entry && bound_.config.is_null(); }
  explicit operator bool() const { return !empty(); }
  /// Whether it names what this program does not have: then there is nothing to build.
  bool is_absent() const { return !empty() && !instance_ && !bound_.entry; }

  /// Throws Error with the place of the config and what was being built.
  template <class... Args>
  std::shared_ptr<Base> build(Args&&... args) const {
    if (instance_) return instance_;
    MILLRACE_ASSERT(bound_.entry, std::string("no ") + Base::kKind + " to build");
    return Base::Registry::make(bound_, std::forward<Args>(args)...);
  }

  const std::shared_ptr<Base>& instance() const { return instance_; }
  /// The config it came from; null for what C++ gave.
  const Value& config() const { return bound_.config; }
  const BoundComponent& bound() const { return bound_; }
  /// The class it will be: "StepLR"; empty for instances.
  std::string type() const { return bound_.entry ? bound_.entry->name : std::string(); }

 private:
  friend struct TypeOf<Component<Base>>;
  std::shared_ptr<Base> instance_;
  BoundComponent bound_;
};

/// A class with the options it will be built from, for where an instance cannot be made yet: an optimizer needs
/// parameters, a scheduler an optimizer. It fits where a component of its kind is asked for.
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
  /// Of what C++ gave; a config was checked when it was bound.
  static void check(const Component<Base>& field, Binder& binder) {
    if (field.bound_.entry && field.bound_.config.is_null())
      field.bound_.entry->schema->check(field.bound_.options.get(), binder);
  }
};

}  // namespace millrace
