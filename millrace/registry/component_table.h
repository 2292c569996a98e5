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
  void (*factory)() = nullptr;  // its type is known to Registry<Base, …>
  ComponentTraits traits{};     // of the kind
  void (*facts)() = nullptr;    // of the type that Registry<Base, …> knows; null if the kind has no Facts
  std::string flaw{};           // what is wrong with the registration: whoever names the class gets it as an error
};

/// A key that any component of a kind may have in a config. Its user reads it, not the component: the Runner reads
/// "priority" of a hook.
struct SharedKey {
  std::string kind, key, text;
  void (*check)(const Value& value, Binder& binder);
};

/// A dict without a `type` that is known by its key, anywhere in a config: a data loader.
struct KnownPart {
  std::string key_suffix;  // "_dataloader"
  const Schema* schema = nullptr;
};

/// A `type` taken apart.
struct ComponentName {
  std::string scope, name;  // the path of the scope in which it is looked up first, "" for the root
  bool says_scope = false;  // the type itself names its scope
  std::string absent;       // why it is absent: its scope is not installed; empty if it is
};

/// All classes that configs can name. Libraries register theirs while they are loaded; any thread may look up.
class ComponentTable {
 public:
  /// An empty table, whose root answers to these names as a scope.
  explicit ComponentTable(std::vector<std::string> root_names = {"mmengine", "mmcv", "torch", "torchvision"});
  ~ComponentTable();
  /// The table of the process: MILLRACE_REGISTER adds to it.
  static ComponentTable& instance();

  /// Throws nothing, since libraries register while they are loaded: a name that is registered twice in a scope has a
  /// flaw, and the first entry is returned.
  const ComponentEntry& add(ComponentEntry entry);
  void add_shared_key(SharedKey key);

  /// Finds `type` of a kind: a bare name (looked for in `default_scope`, then in the scopes above it), `scope.Name`, or
  /// a dotted Python path whose first part is a scope and whose last part is the name; scopes.h has the rules. If the
  /// default scope is not installed or not given, a bare name means the root's class. For a kind whose classes tasks
  /// define it then means nothing: a class of a missing library must not become another one. Null if nothing is found.
  const ComponentEntry* find(std::string_view kind, std::string_view type, std::string_view default_scope) const;
  /// The same for every kind, since a config does not always tell the kind.
  std::vector<const ComponentEntry*> find_any(std::string_view type, std::string_view default_scope) const;
  ComponentName name_of(std::string_view type, std::string_view default_scope) const;
  /// The default scope of a part of a config that does not give one.
  static constexpr std::string_view kUnstatedScope = "?";
  /// A kind without components has the default traits.
  ComponentTraits traits(std::string_view kind) const;

  /// Adds names that MMEngine or one of its libraries has in a scope, whether this program has them or not. An unknown
  /// name that is one of them is absent, not a misspelling. Separate them by blanks or line feeds.
  void add_names_elsewhere(std::string_view scope, std::string_view names);
  bool is_elsewhere(std::string_view scope, std::string_view name) const;

  void add_part(KnownPart part);
  /// Null if there is no such key.
  const KnownPart* part_of_key(std::string_view key) const;

  /// The names of the root ("" too) and the scopes that loaded libraries filled.
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
