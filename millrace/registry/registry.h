#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/schema.h"

namespace millrace {

/// One class that configs can name.
struct ComponentEntry {
  std::string kind;   // "ParamScheduler": the base type
  std::string scope;  // "" for the root, else its path from there (see scopes.h): "mmpretrain", "mmdet.mine"
  std::string name;   // "StepLR"
  const Schema* schema = nullptr;
  std::string alias_of;         // the class's own name where this entry is another name of it
  void (*factory)() = nullptr;  // of the type that Registry<Base, …> knows
};

/// A component that was named, looked up and whose options are filled.
struct BoundComponent {
  const ComponentEntry* entry = nullptr;
  Value config;                   // the dict it came from; null if it came from C++
  std::shared_ptr<void> options;  // an object of the entry's Options
  std::string path;               // where it stands in the config: "train_dataloader.dataset"
};

/// A key that every component of a kind may carry in a config and that its user reads, not the component ("priority" of
/// a hook).
struct SharedKey {
  std::string kind, key, text;
  void (*check)(const Value& value, Binder& binder);
};

/// A dict without a `type` that is known by its key wherever it stands: a data loader.
struct KnownPart {
  std::string key_suffix;  // "_dataloader"
  const Schema* schema = nullptr;
};

/// A `type` taken apart.
struct ComponentName {
  std::string scope, name;  // the path of the scope in which it is looked up first, "" for the root
  bool says_scope = false;  // the type itself names its scope
  std::string absent;       // why nothing is there: the scope is not installed; empty where it is
};

/// What configs can name. Registration is done while libraries are loaded; look-ups may come from any thread.
class ComponentTable {
 public:
  /// An empty one, whose root answers to these names as a scope.
  explicit ComponentTable(std::vector<std::string> root_names = {"mmengine", "mmcv", "torch", "torchvision"});
  ~ComponentTable();
  /// That of the process: MILLRACE_REGISTER adds to it.
  static ComponentTable& instance();

  /// Registering a name twice in a scope is an error of the program: it throws std::logic_error.
  const ComponentEntry& add(ComponentEntry entry);
  void add_shared_key(SharedKey key);

  /// Finds `type` of a kind: a bare name (looked for in `default_scope`, then in the scopes above it), `scope.Name`, or
  /// a dotted Python path whose first part is a scope and whose last part is the name; scopes.h has the rules. Where
  /// the default scope is not installed, bare names mean the root's; but those of models, datasets, metrics and
  /// transforms mean nothing then: one of a missing library must not become another one. Null if there is none.
  const ComponentEntry* find(std::string_view kind, std::string_view type, std::string_view default_scope) const;
  /// The same of every kind: a config does not always say which it means.
  std::vector<const ComponentEntry*> find_any(std::string_view type, std::string_view default_scope) const;
  ComponentName name_of(std::string_view type, std::string_view default_scope) const;
  /// Whether a bare name of this kind may be taken from the root where the default scope is not installed.
  static bool falls_through(std::string_view kind);

  /// Names that MMEngine or a library beside it has in a scope, whether this program has them or not: an unknown name
  /// is compared with the known ones, and these are no slips. They are separated by blanks or line feeds.
  void add_names_elsewhere(std::string_view scope, std::string_view names);
  bool is_elsewhere(std::string_view scope, std::string_view name) const;

  void add_part(KnownPart part);
  /// Null if there is none.
  const KnownPart* part_of_key(std::string_view key) const;

  /// The root's names ("" too) and the scopes that a loaded library filled.
  bool is_installed(std::string_view scope) const;

  /// Sorted by kind, scope and name.
  std::vector<const ComponentEntry*> all() const;
  std::vector<std::string> kinds() const;
  std::vector<const SharedKey*> shared_keys(std::string_view kind) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Looks up and fills the component that a config dict with a `type` names. On mistakes (all are added to the binder)
/// the result's entry is null, and also where the component is absent: then what is known below it is checked.
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
/// The base type says `using Registry = millrace::Registry<Base, Args...>` and `static constexpr const char* kKind`. If
/// it has a static template `adopt(T&)`, that is called with each new object under its own type.
template <class Base, class... Args>
class Registry {
 public:
  using Factory = std::shared_ptr<Base> (*)(void* options, Args... args);

  template <class T>
  static const ComponentEntry& add(std::string_view scope, std::string_view name) {
    return ComponentTable::instance().add(entry_of<T>(scope, name));
  }

  /// The entry of a class that need not be registered: for recipes.
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
    ComponentEntry entry{Base::kKind, std::string(scope), std::string(name), &schema_of<T>(), {}, nullptr};
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
