#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/binder.h"
#include "millrace/registry/component_traits.h"
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
  ComponentTraits traits{};     // of the kind
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
  /// the default scope is not installed or not stated, a bare name means the root's class; but of a kind that tasks
  /// define it means nothing: a class of a missing library must not become another one. Null if there is none.
  const ComponentEntry* find(std::string_view kind, std::string_view type, std::string_view default_scope) const;
  /// The same of every kind: a config does not always say which it means.
  std::vector<const ComponentEntry*> find_any(std::string_view type, std::string_view default_scope) const;
  ComponentName name_of(std::string_view type, std::string_view default_scope) const;
  /// The default scope of a part of a config that does not state one.
  static constexpr std::string_view kUnstatedScope = "?";
  /// Those of a kind that has no component yet are the ordinary ones.
  ComponentTraits traits(std::string_view kind) const;

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

}  // namespace millrace
