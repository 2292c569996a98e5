#include "millrace/registry/component_table.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <shared_mutex>
#include <tuple>

#include "millrace/registry/scope_libraries.h"
#include "millrace/registry/scopes.h"

namespace millrace {

struct ComponentTable::Impl {
  explicit Impl(std::vector<std::string> root_names) : scopes(std::move(root_names)) {}

  mutable std::shared_mutex mutex;
  std::deque<ComponentEntry> entries;  // a deque: addresses stay
  std::map<std::tuple<std::string, std::string, std::string>, ComponentEntry*, std::less<>>
      by_name;  // kind, scope, name
  std::map<std::string, std::vector<const ComponentEntry*>, std::less<>> of_name;
  std::map<std::string, ComponentTraits, std::less<>> traits;  // by kind

  std::optional<ComponentTraits> traits_of(std::string_view kind) const {
    const auto known = traits.find(kind);
    return known == traits.end() ? std::nullopt : std::optional(known->second);
  }
  std::deque<SharedKey> shared_keys;
  std::deque<KnownPart> parts;
  std::map<std::string, std::set<std::string, std::less<>>, std::less<>> elsewhere;  // by scope
  Scopes scopes;
  ScopeLibraries* libraries = nullptr;  // of the table of the process: what they hold comes when it is asked for

  // A library adds to the table while it is loaded, so that both are called without the lock.
  void load_for(std::string_view type, std::string_view default_scope) const {
    if (libraries) libraries->load_for(type, default_scope);
  }
  void load_all() const {
    if (libraries) libraries->load_all();
  }
};

ComponentTable::ComponentTable(std::vector<std::string> root_names)
    : impl_(std::make_unique<Impl>(std::move(root_names))) {}

ComponentTable::~ComponentTable() = default;

ComponentTable& ComponentTable::instance() {
  static ComponentTable& table = []() -> ComponentTable& {
    static ComponentTable of_process;
    of_process.impl_->libraries = &ScopeLibraries::instance();
    return of_process;
  }();
  return table;
}

namespace {

std::string name_with_scope(const ComponentEntry& entry) {
  return entry.scope.empty() ? entry.name : entry.scope + "." + entry.name;
}

}  // namespace

const ComponentEntry& ComponentTable::add(ComponentEntry entry) {
  Impl& table = *impl_;
  const std::unique_lock lock(table.mutex);
  const auto key = std::make_tuple(entry.kind, entry.scope, entry.name);
  if (const auto known = table.by_name.find(key); known != table.by_name.end()) {
    known->second->flaw = entry.kind + " '" + name_with_scope(entry) +
                          "' is registered twice: two classes, or a source that is in two libraries";
    return *known->second;
  }
  table.entries.push_back(std::move(entry));
  ComponentEntry& added = table.entries.back();
  table.scopes.add(added.scope);
  table.traits.emplace(added.kind, added.traits);
  table.by_name.emplace(key, &added);
  table.of_name[added.name].push_back(&added);
  return added;
}

void ComponentTable::add_shared_key(SharedKey key) {
  Impl& table = *impl_;
  const std::unique_lock lock(table.mutex);
  table.shared_keys.push_back(std::move(key));
}

const ComponentEntry* ComponentTable::find(std::string_view kind, std::string_view type,
                                           std::string_view default_scope) const {
  const Impl& table = *impl_;
  table.load_for(type, default_scope);
  const std::shared_lock lock(table.mutex);
  const std::optional<std::string> home = table.scopes.find(default_scope);
  const std::optional<ComponentTraits> traits = table.traits_of(kind);
  if (!home && type.find('.') == std::string_view::npos && traits && traits->in_tasks != InTasks::never) return nullptr;
  for (auto& [scope, name] : table.scopes.candidates(home.value_or(""), type)) {
    const auto found = table.by_name.find(std::make_tuple(std::string(kind), std::move(scope), std::move(name)));
    if (found != table.by_name.end()) return found->second;
  }
  return nullptr;
}

bool ComponentTable::is_installed(std::string_view scope) const {
  const Impl& table = *impl_;
  if (table.libraries && table.libraries->has(scope)) return true;
  const std::shared_lock lock(table.mutex);
  return table.scopes.find(scope).has_value();
}

ComponentName ComponentTable::name_of(std::string_view type, std::string_view default_scope) const {
  impl_->load_for(type, default_scope);
  const size_t dot = type.find('.');
  ComponentName name;
  name.name = type.substr(type.rfind('.') + 1);
  name.says_scope = dot != std::string_view::npos;
  name.scope = name.says_scope ? type.substr(0, dot) : default_scope;
  const std::shared_lock lock(impl_->mutex);
  if (name.scope == kUnstatedScope) name.scope.clear(), name.absent = "this part of a config states no default_scope";
  else if (std::optional<std::string> path = impl_->scopes.find(name.scope)) name.scope = std::move(*path);
  else name.absent = (name.says_scope ? "the scope '" : "the default scope '") + name.scope + "' is not installed";
  return name;
}

std::vector<const ComponentEntry*> ComponentTable::find_any(std::string_view type,
                                                            std::string_view default_scope) const {
  impl_->load_for(type, default_scope);
  std::vector<const ComponentEntry*> found;
  {
    const std::shared_lock lock(impl_->mutex);
    const auto named = impl_->of_name.find(type.substr(type.rfind('.') + 1));
    if (named == impl_->of_name.end()) return found;
    found = named->second;
  }
  std::erase_if(found, [&](const ComponentEntry* entry) { return find(entry->kind, type, default_scope) != entry; });
  return found;
}

ComponentTraits ComponentTable::traits(std::string_view kind) const {
  const std::optional<ComponentTraits> known = [&] {
    const std::shared_lock lock(impl_->mutex);
    return impl_->traits_of(kind);
  }();
  if (known) return *known;
  impl_->load_all();  // a task may be the only one that has the kind
  const std::shared_lock lock(impl_->mutex);
  return impl_->traits_of(kind).value_or(ComponentTraits{});
}

void ComponentTable::add_names_elsewhere(std::string_view scope, std::string_view names) {
  const std::unique_lock lock(impl_->mutex);
  auto& known = impl_->elsewhere[std::string(scope)];
  constexpr std::string_view kBlank = " \n";
  for (size_t at = 0; (at = names.find_first_not_of(kBlank, at)) != std::string_view::npos;) {
    const size_t end = std::min(names.find_first_of(kBlank, at), names.size());
    known.emplace(names.substr(at, end - at));
    at = end;
  }
}

bool ComponentTable::is_elsewhere(std::string_view scope, std::string_view name) const {
  impl_->load_for("", scope);
  const std::shared_lock lock(impl_->mutex);
  const auto known = impl_->elsewhere.find(scope);
  return known != impl_->elsewhere.end() && known->second.contains(name);
}

void ComponentTable::add_part(KnownPart part) {
  const std::unique_lock lock(impl_->mutex);
  impl_->parts.push_back(std::move(part));
}

const KnownPart* ComponentTable::part_of_key(std::string_view key) const {
  const std::shared_lock lock(impl_->mutex);
  for (const KnownPart& part : impl_->parts)
    if (key.ends_with(part.key_suffix)) return &part;
  return nullptr;
}

std::vector<const ComponentEntry*> ComponentTable::all() const {
  const Impl& table = *impl_;
  table.load_all();
  const std::shared_lock lock(table.mutex);
  std::vector<const ComponentEntry*> entries;
  for (const auto& [key, entry] : table.by_name) entries.push_back(entry);  // the map is in this order
  return entries;
}

std::vector<std::string> ComponentTable::kinds() const {
  std::vector<std::string> kinds;
  for (const ComponentEntry* entry : all())
    if (kinds.empty() || kinds.back() != entry->kind) kinds.push_back(entry->kind);
  return kinds;
}

std::vector<const SharedKey*> ComponentTable::shared_keys(std::string_view kind) const {
  const Impl& table = *impl_;
  const std::shared_lock lock(table.mutex);
  std::vector<const SharedKey*> keys;
  for (const SharedKey& key : table.shared_keys)
    if (key.kind == kind) keys.push_back(&key);
  return keys;
}

}  // namespace millrace
