#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "millrace/registry/component_table.h"
#include "millrace/registry/describe.h"

namespace millrace {

/// A component that was named, looked up and whose options are filled. One that this program does not have has a config
/// alone.
struct BoundComponent {
  const ComponentEntry* entry = nullptr;
  Value config;                   // the dict it came from; null if it came from C++
  std::shared_ptr<void> options;  // an object of the entry's Options
  std::string path;               // where it stands in the config: "train_dataloader.dataset"
};

/// Looks up and fills the component that a config dict with a `type` names. On mistakes (all are added to the binder)
/// the result is empty. Where the component is absent it has the config alone, and what is known below it is checked.
BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder);
/// The same where `type` may be left out and then is `default_type`.
BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder,
                              std::string_view default_type);
/// Whether `type` names a component that is there; if not, it is noted as absent, or as a mistake if it is a slip.
bool check_component_name(std::string_view kind, const Value& type, Binder& binder);
/// Checks what is known in a part of the config whose owner is not: every dict whose `type` is known, and the parts
/// that are known by their keys.
void check_unowned(const Value& value, Binder& binder);
/// {type: …, every key with its value}; null for an empty one.
Value dump_component(const BoundComponent& bound);

namespace detail {
[[noreturn]] void rethrow_with_origin(const BoundComponent& bound);
}

/// The components of one base type. `Args` are what a constructor gets beside its options, before them:
/// `StepLR(OptimWrapper&, Options)` belongs to Registry<ParamScheduler, OptimWrapper&>.
///
/// The base type says `using Registry = millrace::Registry<Base, Args...>` and `static constexpr const char* kKind`, and
/// perhaps `kTraits` (see ComponentTraits). If it has a static template `adopt(T&)`, that is called with each new object
/// under its own type.
template <class BaseType, class... Args>
class Registry {
 public:
  using Base = BaseType;
  using Factory = std::shared_ptr<Base> (*)(void* options, Args... args);

  template <class T>
  static const ComponentEntry& add(std::string_view scope, std::string_view name) {
    return ComponentTable::instance().add(entry_of<T>(scope, name));
  }

  /// The entry of a class that need not be registered: of what C++ names.
  template <class T>
  static const ComponentEntry& unregistered_entry() {
    static const ComponentEntry entry = entry_of<T>("", detail::class_name<T>());
    return entry;
  }

  static std::shared_ptr<Base> make(const BoundComponent& bound, Args... args) {
    try {
      return reinterpret_cast<Factory>(bound.entry->factory)(bound.options.get(), static_cast<Args&&>(args)...);
    } catch (...) {
      detail::rethrow_with_origin(bound);
    }
  }

  /// Binds and builds a config; throws one Error with all its mistakes.
  static std::shared_ptr<Base> build(const Value& config, std::string_view default_scope, Args... args) {
    Binder binder{std::string(default_scope)};
    const BoundComponent bound = bind_component(Base::kKind, config, binder);
    binder.throw_if_any();
    return make(bound, static_cast<Args&&>(args)...);
  }

 private:
  template <class T>
  static ComponentEntry entry_of(std::string_view scope, std::string_view name) {
    ComponentEntry entry{Base::kKind, std::string(scope), std::string(name), &schema_of<T>(), {}, nullptr, {}};
    if constexpr (requires { Base::kTraits; }) entry.traits = Base::kTraits;
    if (entry.name != entry.schema->name()) entry.alias_of = entry.schema->name();
    const Factory factory = [](void* options, Args... args) -> std::shared_ptr<Base> {
      std::shared_ptr<T> made;
      if constexpr (requires { typename T::Options; })
        made = std::make_shared<T>(static_cast<Args&&>(args)...,
                                   typename T::Options(*static_cast<typename T::Options*>(options)));
      else made = std::make_shared<T>(static_cast<Args&&>(args)...);
      if constexpr (requires { Base::adopt(*made); }) Base::adopt(*made);
      return made;
    };
    entry.factory = reinterpret_cast<void (*)()>(factory);
    return entry;
  }
};

}  // namespace millrace

#ifndef MILLRACE_SCOPE
#define MILLRACE_SCOPE ""  // a zoo library is built with the OpenMMLab name of its task
#endif

/// The last line of a component's source: makes the class known to configs under its own name.
#define MILLRACE_REGISTER(Base, Class) MILLRACE_REGISTER_AS(Base, Class, Class)
/// Under another name, or under one more.
#define MILLRACE_REGISTER_AS(Base, Class, Name)                             \
  [[maybe_unused]] static const auto& millrace_registered_##Base##_##Name = \
      Base::Registry::add<Class>(MILLRACE_SCOPE, #Name)
