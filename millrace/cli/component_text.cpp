#include "millrace/cli/component_text.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/table.h"
#include "millrace/log/terminal.h"
#include "millrace/registry/registry.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

std::string full_name(const ComponentEntry& entry) {
  return entry.scope.empty() ? entry.name : entry.scope + "." + entry.name;
}

Json json_of(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return nullptr;
    case Value::Kind::boolean:
      return value.as_bool();
    case Value::Kind::integer:
      return value.as_integer();
    case Value::Kind::number:
      if (!std::isfinite(value.as_number())) return repr(value.as_number());
      return value.as_number();
    case Value::Kind::string:
      return value.as_string();
    case Value::Kind::symbol:
      return value.as_symbol().path;
    case Value::Kind::dict: {
      Json object = Json::object();
      for (const auto& [key, item] : value.as_dict())
        object[key.is_string() ? key.as_string() : key.repr()] = json_of(item);
      return object;
    }
    default: {
      Json list = Json::array();
      for (const Value& item : value.items()) list.push_back(json_of(item));
      return list;
    }
  }
}

std::string default_text(const Field& field) {
  if (field.is_required()) return "required";
  return field.default_value().repr(40);
}

std::string described(const Field& field) {
  std::string text = field.text();
  const std::string range = field.range_text();
  if (!range.empty()) text += (text.empty() ? "" : "; ") + range;
  if (!field.aliases().empty()) text += (text.empty() ? "" : "; ") + std::string("also ") + join(field.aliases());
  return text;
}

}  // namespace

std::string component_names(const std::vector<const ComponentEntry*>& entries, int width) {
  std::string text, kind;
  int column = 0;
  for (const ComponentEntry* entry : entries) {
    if (entry->kind != kind) {
      text += (text.empty() ? "" : "\n\n") + entry->kind + "\n ";
      kind = entry->kind;
      column = 1;
    }
    const std::string name = full_name(*entry);
    if (column > 1 && column + 2 + text_width(name) > width) {
      text += "\n ";
      column = 1;
    }
    text += (column > 1 ? "  " : " ") + name;
    column += (column > 1 ? 2 : 1) + text_width(name);
  }
  return text.empty() ? text : text + "\n";
}

std::string component_page(const ComponentEntry& entry) {
  std::string text = full_name(entry) + ": " + entry.kind;
  if (!entry.alias_of.empty() && entry.alias_of != entry.name) text += ", another name of " + entry.alias_of;
  text += "\n";
  Table keys({{"key"}, {"type"}, {"default"}, {""}});
  std::vector<std::string> ignored;
  for (const Field& field : entry.schema->fields()) {
    if (field.is_ignored()) ignored.push_back(field.key());
    else keys.add({field.key(), field.type_name(), default_text(field), described(field)});
  }
  for (const SharedKey* key : ComponentTable::instance().shared_keys(entry.kind))
    keys.add({key->key, "", "", key->text});
  text += keys.empty() ? "  it has no keys\n" : keys.str(2);
  if (!ignored.empty()) text += "  read and not used: " + join(ignored) + "\n";
  return text;
}

std::string component_json(const ComponentEntry& entry) {
  Json object = {{"kind", entry.kind}, {"scope", entry.scope}, {"name", entry.name}};
  if (!entry.alias_of.empty()) object["alias_of"] = entry.alias_of;
  Json keys = Json::array();
  for (const Field& field : entry.schema->fields()) {
    Json key = {{"key", field.key()}, {"type", field.type_name()}, {"required", field.is_required()}};
    if (!field.is_required()) key["default"] = json_of(field.default_value());
    key["range"] = field.range_text();
    key["text"] = field.text();
    key["aliases"] = field.aliases();
    key["ignored"] = field.is_ignored();
    keys.push_back(std::move(key));
  }
  for (const SharedKey* shared : ComponentTable::instance().shared_keys(entry.kind))
    keys.push_back({{"key", shared->key}, {"required", false}, {"text", shared->text}});
  object["keys"] = std::move(keys);
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::vector<const ComponentEntry*> entries_named(const std::string& wanted,
                                                 const std::vector<const ComponentEntry*>& entries) {
  std::vector<const ComponentEntry*> found;
  for (const ComponentEntry* entry : entries)
    if (entry->kind == wanted) found.push_back(entry);
  if (!found.empty()) return found;
  std::set<std::string> names;
  for (const ComponentEntry* entry : entries) {
    if (entry->name == wanted || full_name(*entry) == wanted) found.push_back(entry);
    names.insert({entry->kind, entry->name});
  }
  if (!found.empty()) return found;
  const std::vector<std::string> candidates(names.begin(), names.end());
  throw Error("no component or kind '" + wanted + "'" + did_you_mean(wanted, candidates)).help("millrace list");
}

}  // namespace millrace
