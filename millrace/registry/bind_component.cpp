#include <algorithm>
#include <optional>

#include "millrace/base/text.h"
#include "millrace/registry/registry.h"

namespace millrace {

namespace {

std::string full_name(const std::string& scope, const std::string& name) {
  return scope.empty() ? name : scope + "." + name;
}

/// Whether a path of scopes is one that the other begins with.
bool is_above(std::string_view scope, std::string_view below) {
  return scope.empty() || (below.starts_with(scope) && below.size() > scope.size() && below[scope.size()] == '.');
}

/// The text of a `type`; nothing if it is neither a string nor a class.
std::optional<std::string> type_text(const Value& type) {
  if (type.is_string()) return type.as_string();
  if (type.is_symbol()) return type.as_symbol().path;
  return std::nullopt;
}

/// The scope in which a dict's `type` is looked up.
std::string scope_in(const Value& config, const Binder& binder) {
  const Value* own = config.find("_scope_");
  return own && own->is_string() ? own->as_string() : binder.scope();
}

/// A name that is wrong by a letter or two. Names of components are like each other (SGD and ASGD, LeNet and ResNet),
/// so that less may be apart than in a key.
bool is_slip_of(std::string_view name, std::string_view right) {
  const int longest = static_cast<int>(std::max(name.size(), right.size()));
  return longest >= 3 && edit_distance(to_lower(name), to_lower(right)) <= std::clamp(longest / 5, 1, 2);
}

/// What a name that find() does not know is: a slip, with the rest of its sentence and the component that was meant, or
/// the name of something that is not here.
struct Unknown {
  bool is_slip = false;
  std::string rest;
  const ComponentEntry* meant = nullptr;
  AbsentComponent absent{};
};

Unknown judge(std::string_view kind, const std::string& type, const std::string& scope, const Binder& binder) {
  const ComponentTable& table = binder.table();
  const InTasks tasks_have = table.traits(kind).in_tasks;
  const bool in_tasks = tasks_have != InTasks::never;
  ComponentName name = table.name_of(type, scope);
  if (scope == ComponentTable::kUnstatedScope && !in_tasks) name.absent.clear();
  Unknown unknown;
  unknown.absent.kind = kind;
  unknown.absent.reason = name.absent.empty() ? "this build has none" : name.absent;
  // A bare name of the root is the root's, unless a library that is not here may have one of its own.
  const bool root_has_it = !name.absent.empty() && table.find(kind, name.name, "");
  const bool in_root = !name.says_scope && table.is_elsewhere("", name.name) &&
                       (name.absent.empty() || (tasks_have != InTasks::often && !root_has_it));
  unknown.absent.may_be_roots = root_has_it && tasks_have == InTasks::seldom;
  unknown.absent.name = in_root ? name.name : full_name(name.scope, name.name);
  if (in_root) unknown.absent.reason = "this build has none";
  if (in_root || table.is_elsewhere(name.scope, name.name)) return unknown;
  if (!name.absent.empty() && (name.says_scope || in_tasks)) return unknown;

  if (binder.has_foreign_sources() && name.absent.empty())
    unknown.absent.reason = "the sources that custom_imports names are not loaded";

  const ComponentEntry* of_other_kind = nullptr;
  bool in_another_scope = false;
  std::vector<std::string> in_reach_of_kind;
  int distance = 0;
  for (const ComponentEntry* entry : table.all()) {
    const bool in_reach = entry->scope == name.scope || (!name.says_scope && is_above(entry->scope, name.scope));
    if (!in_reach) {
      if (entry->kind == kind && entry->name == name.name && !name.says_scope) {
        in_another_scope = true;
        unknown.absent.reason = "without a default scope; did you mean '" + full_name(entry->scope, entry->name) + "'?";
      }
      continue;
    }
    if (entry->name == name.name) of_other_kind = entry;
    if (entry->kind != kind) continue;
    in_reach_of_kind.push_back(entry->name);
    if (!is_slip_of(name.name, entry->name)) continue;
    const int apart = edit_distance(name.name, entry->name);
    if (!unknown.meant || apart < distance) unknown.meant = entry, distance = apart;
  }
  // A name to the letter says more than one that is like it.
  if (in_another_scope || binder.has_foreign_sources() || binder.is_lenient()) return unknown.meant = nullptr, unknown;
  if (of_other_kind && kind != "") {
    unknown.is_slip = true, unknown.meant = nullptr;
    unknown.rest = "; " + of_other_kind->name + " is a " + of_other_kind->kind;
  } else if (unknown.meant) {
    unknown.is_slip = true;
    unknown.rest = "; did you mean '" + unknown.meant->name + "'?";
  } else if (name.absent.empty() && unknown.absent.reason.find("did you mean") == std::string::npos) {
    unknown.absent.reason += did_you_mean(name.name, in_reach_of_kind);
  }
  return unknown;
}

/// Adds the mistake or the absent component. Returns what was meant, if that is known.
const ComponentEntry* report(const Unknown& unknown, std::string_view kind, const std::string& type, const Place& place,
                             Binder& binder) {
  if (unknown.is_slip) {
    binder.mistake(place, "no " + std::string(kind) + " '" + type + "'" + unknown.rest);
    return unknown.meant;
  }
  AbsentComponent absent = unknown.absent;
  absent.place = place.known() ? place : Place(binder.path());
  binder.add_absent(std::move(absent));
  return nullptr;
}

/// The kind of the values of a key: each of "datasets" is a Dataset.
std::string kind_of_key(std::string_view key, const ComponentTable& table) {
  std::string camel;
  bool upper = true;
  for (char c : key) {
    if (c == '_') {
      upper = true;
      continue;
    }
    camel += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  const std::vector<std::string> kinds = table.kinds();
  for (const std::string& kind : kinds)
    if (camel == kind || camel == kind + "s") return kind;
  return {};
}

/// Whether a text can be the name of a class; `type='bbox'` is a setting.
bool names_class(std::string_view type) {
  const std::string_view last = type.substr(type.rfind('.') + 1);
  return !last.empty() && last[0] >= 'A' && last[0] <= 'Z' && std::all_of(type.begin(), type.end(), [](char c) {
    return c == '.' || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
}

BoundComponent bind_entry(const ComponentEntry& entry, const Value& config, Binder& binder) {
  if (!entry.flaw.empty()) return binder.mistake(config, entry.flaw), BoundComponent{};
  const std::string subject = binder.subject();
  const Binder::InScope in_scope(binder, scope_in(config, binder));
  const size_t before = binder.mistakes().size();
  std::vector<std::string> shared = {"type"};
  for (const SharedKey* key : binder.table().shared_keys(entry.kind)) {
    shared.push_back(key->key);
    if (const Value* value = config.find(key->key)) {
      const Binder::Step step(binder, key->key);
      binder.set_subject(entry.name + "." + key->key);
      key->check(*value, binder);
      binder.set_subject(subject);
    }
  }
  BoundComponent bound;
  bound.options = entry.schema->make();
  entry.schema->bind(bound.options.get(), config, binder, shared);
  if (binder.mistakes().size() != before) return {};
  bound.entry = &entry;
  bound.config = config;
  bound.path = binder.path();
  return bound;
}

void check_items(const Value& config, Binder& binder, const ComponentTraits& owner);

/// A dict whose `type` may be of any kind.
void check_typed(const Value& config, const std::string& type, std::string_view expected_kind, Binder& binder,
                 const ComponentTraits& owner) {
  std::vector<const ComponentEntry*> entries = binder.table().find_any(type, scope_in(config, binder));
  const auto of_kind = std::find_if(entries.begin(), entries.end(),
                                    [&](const ComponentEntry* entry) { return entry->kind == expected_kind; });
  if (of_kind != entries.end()) entries = {*of_kind};
  if (entries.empty()) {
    if (names_class(type)) {
      const std::string scope = scope_in(config, binder);
      const Binder::Lenient lenient(binder);
      report(judge(expected_kind, type, scope, binder), expected_kind, type, config.find("type")->place(), binder);
    }
    return check_items(config, binder, binder.table().traits(expected_kind));
  }
  const Binder::Lenient lenient(binder, !owner.passes_configs_on);
  for (const ComponentEntry* entry : entries) {
    Binder trial = binder.trial();
    bind_entry(*entry, config, trial);
    if (!trial.ok() && entry != entries.back()) continue;
    bind_entry(*entry, config, binder);
    return;
  }
}

void check_value(const Value& value, std::string_view key, Binder& binder, const ComponentTraits& owner) {
  if (value.is_sequence()) {
    for (size_t i = 0; i < value.items().size(); ++i) {
      const Binder::Step step(binder, std::to_string(i));
      check_value(value.items()[i], key, binder, owner);
    }
    return;
  }
  if (!value.is_dict()) return;
  const Value* type = value.find("type");
  const std::optional<std::string> text = type ? type_text(*type) : std::nullopt;
  if (text) return check_typed(value, *text, kind_of_key(key, binder.table()), binder, owner);
  if (const KnownPart* part = type ? nullptr : binder.table().part_of_key(key)) {
    const Binder::Lenient lenient(binder);
    const std::shared_ptr<void> options = part->schema->make();
    return part->schema->bind(options.get(), value, binder);
  }
  check_items(value, binder, owner);
}

/// Checks the values of a dict of which nothing else is known.
void check_items(const Value& config, Binder& binder, const ComponentTraits& owner) {
  const Binder::InScope in_scope(binder, scope_in(config, binder));
  for (const auto& [key, value] : config.as_dict()) {
    if (!value.is_dict() && !value.is_sequence()) continue;
    const std::string name = key.is_string() ? key.as_string() : key.repr();
    const Binder::Step step(binder, name);
    check_value(value, name, binder, owner);
  }
}

}  // namespace

void check_unowned(const Value& value, Binder& binder) {
  const std::string subject = binder.subject();
  const std::string path = binder.path();
  check_value(value, path.substr(path.rfind('.') + 1), binder, {});
  binder.set_subject(subject);
}

bool check_component_name(std::string_view kind, const Value& type, Binder& binder) {
  const std::optional<std::string> text = type_text(type);
  if (!text) {
    binder.wrong_type(type, "the name of a " + std::string(kind));
    return false;
  }
  if (binder.table().find(kind, *text, binder.scope())) return true;
  report(judge(kind, *text, binder.scope(), binder), kind, *text, type.place(), binder);
  return false;
}

BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder) {
  return bind_component(kind, config, binder, {});
}

BoundComponent bind_component(std::string_view kind, const Value& config, Binder& binder,
                              std::string_view default_type) {
  const std::string subject = binder.subject();
  if (!config.is_dict()) {
    binder.wrong_type(config, "a " + std::string(kind) + ": a dict with a 'type'");
    return {};
  }
  const Value* type = config.find("type");
  std::string type_name(default_type);
  if (type) {
    const std::optional<std::string> text = type_text(*type);
    if (!text) {
      const Binder::Step step(binder, "type");
      binder.set_subject("type");
      binder.wrong_type(*type, "the name of a " + std::string(kind));
      binder.set_subject(subject);
      return {};
    }
    type_name = *text;
  } else if (default_type.empty()) {
    static const std::vector<std::string> kType = {"type"};
    for (const auto& [key, value] : config.as_dict()) {
      if (!key.is_string() || !type_text(value) || !nearest(key.as_string(), kType)) continue;
      binder.unknown_key(key, std::string(kind), kType, kType);
      return {};
    }
    if (binder.is_fragment()) {
      check_items(config, binder, {});
      binder.set_subject(subject);
      return {};
    }
    binder.mistake(config, (subject.empty() ? std::string(kind) : subject) + " needs the key 'type': which " +
                               std::string(kind) + " it is");
    return {};
  }

  // A type that is left out is the engine's own choice, so that no library of a task has a say in it.
  const std::string scope = type ? scope_in(config, binder) : std::string();
  if (const ComponentEntry* entry = binder.table().find(kind, type_name, scope))
    return bind_entry(*entry, config, binder);
  const Place place = type ? type->place() : config.place();
  if (const ComponentEntry* meant = report(judge(kind, type_name, scope, binder), kind, type_name, place, binder)) {
    const Binder::Lenient lenient(binder);
    bind_entry(*meant, config, binder);
    binder.set_subject(subject);
    return {};
  }
  check_items(config, binder, binder.table().traits(kind));
  binder.set_subject(subject);
  return {nullptr, config, nullptr, binder.path()};
}

Value dump_component(const BoundComponent& bound) {
  if (!bound.entry) return {};
  Value dict = Value::dict();
  const std::string& scope = bound.entry->scope;
  dict.as_dict().set("type", (scope.empty() ? "" : scope + ".") + bound.entry->name);
  for (const SharedKey* key : ComponentTable::instance().shared_keys(bound.entry->kind))
    if (const Value* value = bound.config.find(key->key)) dict.as_dict().set(key->key, *value);
  const Value keys = bound.entry->schema->dump(bound.options.get());
  for (const auto& [key, value] : keys.as_dict()) dict.as_dict().set(key, value);
  return dict;
}

namespace detail {

void nothing_to_build(const char* kind, const BoundComponent& bound) {
  if (bound.config.is_null())
    throw Error(std::string("there is no ") + kind + " to build: the component is empty")
        .note("options that were moved from are empty, too");
  throw Error(bound.config.place(), std::string("this program does not have the ") + kind + " of the config");
}

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
