#include "millrace/registry/registry.h"

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <tuple>

#include "millrace/base/text.h"
#include "millrace/registry/scopes.h"

namespace millrace {

struct ComponentTable::Impl {
  explicit Impl(std::vector<std::string> root_names) : scopes(std::move(root_names)) {}

  mutable std::shared_mutex mutex;
  std::deque<ComponentEntry> entries;  // a deque: addresses stay
  std::map<std::tuple<std::string, std::string, std::string>, const ComponentEntry*, std::less<>>
      by_name;  // kind, scope, name
  std::deque<SharedKey> shared_keys;
  Scopes scopes;
};

ComponentTable::ComponentTable(std::vector<std::string> root_names)
    : impl_(std::make_unique<Impl>(std::move(root_names))) {}

ComponentTable::~ComponentTable() = default;

ComponentTable& ComponentTable::instance() {
  static ComponentTable table;
  return table;
}

namespace {

/// Whether a bare name of this kind may be taken from the root where the default scope is not installed. A model of a
/// missing library must not silently become another one of the same name.
bool falls_through(std::string_view kind) {
  static constexpr std::string_view kOwn[] = {"Model", "Backbone", "Neck", "Head", "Dataset", "Metric", "Transform"};
  return std::find(std::begin(kOwn), std::end(kOwn), kind) == std::end(kOwn);
}

std::string full_name(const ComponentEntry& entry) {
  return entry.scope.empty() ? entry.name : entry.scope + "." + entry.name;
}

}  // namespace

const ComponentEntry& ComponentTable::add(ComponentEntry entry) {
  Impl& table = *impl_;
  const std::unique_lock lock(table.mutex);
  if (!entry.schema->flaw().empty()) throw std::logic_error("internal error: " + entry.schema->flaw());
  const auto key = std::make_tuple(entry.kind, entry.scope, entry.name);
  if (table.by_name.count(key))
    throw std::logic_error("internal error: " + entry.kind + " '" + full_name(entry) + "' is registered twice");
  table.entries.push_back(std::move(entry));
  table.scopes.add(table.entries.back().scope);
  table.by_name.emplace(key, &table.entries.back());
  return table.entries.back();
}

void ComponentTable::add_shared_key(SharedKey key) {
  Impl& table = *impl_;
  const std::unique_lock lock(table.mutex);
  table.shared_keys.push_back(std::move(key));
}

const ComponentEntry* ComponentTable::find(std::string_view kind, std::string_view type,
                                           std::string_view default_scope) const {
  const Impl& table = *impl_;
  const std::shared_lock lock(table.mutex);
  const std::optional<std::string> home = table.scopes.find(default_scope);
  if (!home && type.find('.') == std::string_view::npos && !falls_through(kind)) return nullptr;
  for (auto& [scope, name] : table.scopes.candidates(home.value_or(""), type)) {
    const auto found = table.by_name.find(std::make_tuple(std::string(kind), std::move(scope), std::move(name)));
    if (found != table.by_name.end()) return found->second;
  }
  return nullptr;
}

bool ComponentTable::is_installed(std::string_view scope) const {
  const Impl& table = *impl_;
  const std::shared_lock lock(table.mutex);
  return table.scopes.find(scope).has_value();
}

std::string ComponentTable::not_found_message(std::string_view kind, std::string_view type,
                                              std::string_view default_scope) const {
  const std::string name(type);
  const size_t dot = type.find('.');
  const bool scoped = dot != std::string_view::npos;
  const std::string last = name.substr(name.rfind('.') + 1);
  const auto home = [&] {
    const std::shared_lock lock(impl_->mutex);
    return impl_->scopes.find(scoped ? type.substr(0, dot) : default_scope);
  }();
  if (scoped && !home)
    return "no " + std::string(kind) + " '" + name + "': the scope '" + name.substr(0, dot) + "' is not installed";
  const std::string scope = home.value_or(std::string(default_scope));
  std::vector<std::string> names;
  std::string elsewhere;
  for (const ComponentEntry* entry : all()) {
    if (entry->name == last && (entry->kind != kind || entry->scope != scope) && elsewhere.empty()) {
      if (entry->kind == kind)  // the root's own, where a bare name does not mean it
        elsewhere =
            "; did you mean '" + std::string(full_name(*entry) == type ? "mmengine." : "") + full_name(*entry) + "'?";
      else elsewhere = "; " + entry->name + " is a " + entry->kind;
    }
    if (entry->kind != kind) continue;
    if (entry->scope == scope) names.push_back(entry->name);
    else names.push_back(full_name(*entry));
  }
  std::string message = "no " + std::string(kind) + " '" + name + "'";
  if (!scoped && !home) message += ": the default scope '" + std::string(default_scope) + "' is not installed";
  if (!elsewhere.empty()) return message + elsewhere;
  const std::string near = did_you_mean(name, names);
  if (!near.empty()) return message + near;
  if (!names.empty()) message += "\n  there are: " + join(names);
  return message;
}

std::vector<const ComponentEntry*> ComponentTable::all() const {
  const Impl& table = *impl_;
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

BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder) {
  return bind_component(kind, config, binder, {});
}

BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder,
                              std::string_view default_type) {
  const std::string subject = binder.subject();
  const std::string as_kind = "a " + std::string(kind) + ": a dict with a 'type'";
  BoundComponent bound;
  if (!config.is_dict()) {
    binder.wrong_type(config, as_kind);
    return bound;
  }
  const Value* type = config.find("type");
  std::string type_name;
  if (!type) {
    if (default_type.empty()) {
      binder.mistake(config, (subject.empty() ? std::string(kind) : subject) + " needs the key 'type': which " +
                                 std::string(kind) + " it is");
      return bound;
    }
    type_name = default_type;
  } else if (type->is_string()) {
    type_name = type->as_string();
  } else if (type->is_symbol()) {
    type_name = type->as_symbol().path;
  } else {
    const Binder::Step step(binder, "type");
    binder.set_subject("type");
    binder.wrong_type(*type, "the name of a " + std::string(kind));
    binder.set_subject(subject);
    return bound;
  }

  std::string scope = binder.scope();
  if (const Value* own = config.find("_scope_"); own && own->is_string()) scope = own->as_string();
  const ComponentTable& table = binder.table();
  const ComponentEntry* entry = table.find(kind, type_name, scope);
  if (!entry) {
    binder.mistake(type ? *type : config, table.not_found_message(kind, type_name, scope));
    return bound;
  }

  const Binder::InScope in_scope(binder, scope);
  std::vector<std::string> shared;
  for (const SharedKey* key : table.shared_keys(kind)) {
    shared.push_back(key->key);
    if (const Value* value = config.find(key->key)) {
      const Binder::Step step(binder, key->key);
      binder.set_subject(entry->name + "." + key->key);
      key->check(*value, binder);
      binder.set_subject(subject);
    }
  }
  const size_t before = binder.mistakes().size();
  bound.options = entry->schema->make();
  entry->schema->bind(bound.options.get(), config, binder, shared);
  if (binder.mistakes().size() != before) return {};
  bound.entry = entry;
  bound.config = config;
  bound.path = binder.path();
  return bound;
}

Value dump_component(const BoundComponent& bound) {
  if (!bound.entry) return {};
  Value dict = Value::dict();
  dict.as_dict().set("type", full_name(*bound.entry));
  for (const SharedKey* key : ComponentTable::instance().shared_keys(bound.entry->kind))
    if (const Value* value = bound.config.find(key->key)) dict.as_dict().set(key->key, *value);
  const Value keys = bound.entry->schema->dump(bound.options.get());
  for (const auto& [key, value] : keys.as_dict()) dict.as_dict().set(key, value);
  return dict;
}

namespace detail {

void rethrow_with_origin(const BoundComponent& bound) {
  try {
    throw;
  } catch (Error& error) {
    if (bound.config.place().known()) error.locate(bound.config.place());
    if (!bound.path.empty()) error.note("while building " + bound.path + " (" + bound.entry->name + ")");
    throw;
  }
}

}  // namespace detail

}  // namespace millrace
