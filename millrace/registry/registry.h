#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "millrace/registry/component_table.h"
#include "millrace/registry/describe.h"
#include "millrace/registry/sound_component.h"

namespace millrace {

/// A component that was looked up by its name, with its options filled. If this program does not have the component,
/// only the config is set.
struct BoundComponent {
  const ComponentEntry* entry = nullptr;
  Value config;                   // the dict it came from; null if it came from C++
  std::shared_ptr<void> options;  // an object of the entry's Options
  std::string path;               // in the config: "train_dataloader.dataset"
};

/// Looks up the component that a config dict names by its `type`, and fills its options. If there are mistakes, all are
/// added to the binder and the result is empty. If the component is absent, the result has only the config, and the
/// known components below it are checked.
BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder);
/// The same, but without a `type` it is `default_type`.
BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder,
                              std::string_view default_type);
/// Whether `type` names a component that this program has. If not, it is noted as absent, or as a mistake if it is
/// misspelt.
bool check_component_name(std::string_view kind, const Value& type, Binder& binder);
/// Checks a part of the config whose owner is unknown: each dict with a known `type`, and the parts that are known by
/// their keys.
void check_unowned(const Value& value, Binder& binder);
/// {type: …, every key with its value}; null for an empty one.
Value dump_component(const BoundComponent& bound);

namespace detail {
[[noreturn]] void rethrow_with_origin(const BoundComponent& bound);
[[noreturn]] void nothing_to_build(const char* kind, const BoundComponent& bound);
}  // namespace detail

/// The components of one base type. `Args` are the arguments that a constructor gets before its options:
/// `StepLR(OptimWrapper&, Options)` belongs to Registry<ParamScheduler, OptimWrapper&>.
///
/// The base type declares `using Registry = millrace::Registry<Base, Args...>` and `static constexpr const char*
/// kKind`, and may declare `kTraits` (see ComponentTraits). If it has a static template `adopt(T&)`, that is called
/// with each new object, as its own type.
///
/// If others must know something of a component before it is built, the base type has a struct `Facts`, and a class
/// fills it in a static `facts_of(const Options&)`. Facts that depend on the class alone come from a static template
/// `facts_of_class<T>()` of the base type. A check of several components reads Component::facts(), so it can run before
/// anything is built.
template <class BaseType, class... Args>
class Registry {
 public:
  using Base = BaseType;
  using Factory = std::shared_ptr<Base> (*)(void* options, Args... args);

  template <class T>
  static const ComponentEntry& add(std::string_view scope, std::string_view name) {
    return ComponentTable::instance().add(entry_of<T>(scope, name));
  }

  /// The entry of a class that C++ names, which need not be registered.
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

  /// The facts of the class with these options; empty if the component is not in this program.
  template <class B = BaseType>
  static typename B::Facts facts(const BoundComponent& bound) {
    if (!bound.entry) return {};
    return reinterpret_cast<typename B::Facts (*)(const void*)>(bound.entry->facts)(bound.options.get());
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
  static auto facts_of([[maybe_unused]] const void* options) {
    using Facts = typename Base::Facts;
    if constexpr (requires {
                    typename T::Options;
                    T::facts_of(std::declval<const typename T::Options&>());
                  })
      return Facts(T::facts_of(*static_cast<const typename T::Options*>(options)));
    else if constexpr (requires { Base::template facts_of_class<T>(); }) return Base::template facts_of_class<T>();
    else return Facts{};
  }

  template <class T>
  static ComponentEntry entry_of(std::string_view scope, std::string_view name) {
    using Sound = detail::SoundComponent<Base, T, Args...>;
    if constexpr (Sound::kIsSound) return entry_of_sound<T>(scope, name);
    else if constexpr (Sound::kIsDerived && !Sound::kIsWhole) return T(), ComponentEntry();  // names the functions
    else return {};
  }

  template <class T>
  static ComponentEntry entry_of_sound(std::string_view scope, std::string_view name) {
    ComponentEntry entry{Base::kKind, std::string(scope), std::string(name), &schema_of<T>(), {}, nullptr, {}, nullptr};
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
    if constexpr (requires { typename Base::Facts; }) {
      constexpr typename Base::Facts (*kFacts)(const void*) = &Registry::template facts_of<T>;
      entry.facts = reinterpret_cast<void (*)()>(kFacts);
    }
    return entry;
  }
};

}  // namespace millrace

#ifndef MILLRACE_SCOPE
#define MILLRACE_SCOPE ""  // a zoo library is built with the OpenMMLab name of its task
#endif

/// The last line of a component's source: makes the class known to configs under its own name.
#define MILLRACE_REGISTER(Base, Class) MILLRACE_REGISTER_AS(Base, Class, Class)
/// Registers the class under another name, or under one more name.
#define MILLRACE_REGISTER_AS(Base, Class, Name)                             \
  [[maybe_unused]] static const auto& millrace_registered_##Base##_##Name = \
      Base::Registry::add<Class>(MILLRACE_SCOPE, #Name)
