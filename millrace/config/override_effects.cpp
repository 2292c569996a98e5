#include "millrace/config/override_effects.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>

#include "millrace/base/text.h"
#include "millrace/config/key_path.h"
#include "millrace/config/overrides.h"

namespace millrace {
namespace {

constexpr size_t kShown = 4;

std::string first_name(const std::string& argument) { return argument.substr(0, argument.find_first_of(".=")); }

bool is_number(const Value& value) { return value.is_integer() || value.is_big_integer() || value.is_number(); }

/// Whether `value` may have been made of `variable`.
bool is_copy(const Value& value, const Value& variable) {
  if (value.kind() != variable.kind()) return false;
  if (variable.is_string())
    return variable.as_string().size() > 1 && value.as_string().starts_with(variable.as_string());
  if (variable.is_dict()) return !variable.as_dict().empty() && value == variable;
  if (variable.is_sequence()) return !variable.items().empty() && value == variable;
  return is_number(variable) && value == variable;
}

void add_copies(const Value& variable, const Value& value, const std::string& path, std::vector<std::string>& out) {
  if (is_copy(value, variable)) return out.push_back(path);
  if (value.is_dict())
    for (const auto& [key, item] : value.as_dict()) add_copies(variable, item, below(path, path_name(key)), out);
  if (value.is_sequence())
    for (size_t i = 0; i < value.items().size(); ++i)
      add_copies(variable, value.items()[i], below(path, std::to_string(i)), out);
}

/// Where else in a tree there is a value that was made of the variable `name`: lists and dicts that equal it, texts that
/// begin with it, and numbers that equal it. Booleans and None have none: they equal too much.
std::vector<std::string> copies_of(const Value& variable, std::string_view name, const Value& tree) {
  std::vector<std::string> out;
  for (const auto& [key, value] : tree.as_dict())
    if (path_name(key) != name) add_copies(variable, value, path_name(key), out);
  return out;
}

std::string listed(const std::vector<std::string>& paths) {
  const size_t shown = std::min(paths.size(), kShown);
  std::string text =
      fmt::format("{}", fmt::join(paths.begin(), paths.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (paths.size() > shown) text += fmt::format(" and {} more", paths.size() - shown);
  return text;
}

/// The override that changes a copy: "train_dataloader.dataset.data_root=/data" for data_root=/data.
std::string override_of_copy(const Config::Overridden& overridden, const std::string& path, const Config& config) {
  const Value* copy = find_path(config.tree, path);
  const std::string rest = overridden.argument.substr(overridden.name.size());  // "=value", ".0.type=value"
  if (!copy || !copy->is_string()) return path + rest;
  return path + rest + copy->as_string().substr(overridden.before.as_string().size());
}

/// All keys below the top level: their paths, and their own names.
void add_paths(const Value& value, const std::string& path, std::vector<std::string>& paths,
               std::vector<std::string>& names) {
  if (value.is_dict()) {
    for (const auto& [key, item] : value.as_dict()) {
      const std::string name = path_name(key);
      if (!path.empty()) paths.push_back(below(path, name)), names.push_back(name);
      add_paths(item, below(path, name), paths, names);
    }
  } else if (value.is_sequence()) {
    for (size_t i = 0; i < value.items().size(); ++i)
      add_paths(value.items()[i], below(path, std::to_string(i)), paths, names);
  }
}

/// Of all keys of a tree the path of that with the nearest name; "" if none is near.
std::string nearest_path(const std::string& name, const Value& tree) {
  std::vector<std::string> paths, names;
  add_paths(tree, "", paths, names);
  const auto near = nearest(name, names);
  if (!near) return "";
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == *near) return paths[i];
  return "";
}

}  // namespace

OverrideEffects::OverrideEffects(const Config& config, std::span<const std::string> arguments) : arguments_(arguments) {
  for (const std::string& argument : arguments) {
    const std::string name = first_name(argument);
    if (const Value* value = config.tree.find(name)) before_[name] = value->deep_copy();
  }
}

void OverrideEffects::add_to(Config& config) const {
  for (const std::string& argument : arguments_) {
    Config::Overridden& overridden = config.overridden.emplace_back();
    overridden.argument = argument;
    overridden.name = first_name(argument);
    const auto before = before_.find(overridden.name);
    overridden.is_new = before == before_.end();
    if (overridden.is_new) continue;
    overridden.before = before->second;
    const Value* now = config.tree.find(overridden.name);
    if (config.is_read(overridden.name) && now && !(*now == before->second))
      overridden.copies = copies_of(before->second, overridden.name, config.tree);
  }
}

std::string Config::Overridden::text() const {
  return fmt::format("command line: {}: what the config made of '{}' before keeps its value: {}", argument, name,
                     listed(copies));
}

void add_override_notices(std::vector<std::string>& notices, const Config& config) {
  for (const Config::Overridden& overridden : config.overridden)
    if (!overridden.copies.empty() && !is_number(overridden.before)) notices.push_back(overridden.text());
}

Error unread_override(const Config::Overridden& overridden, const Config& config) {
  const Place place = override_place(overridden.argument);
  const std::string& name = overridden.name;
  if (overridden.is_new) {
    std::string near = nearest_path(name, config.tree);
    if (!near.empty()) near = "; did you mean '" + near + "'?";
    return Error(place, fmt::format("nothing reads '{}'{}", name, near));
  }
  Error error(place, fmt::format("nothing reads '{}' any more: it is a variable of the config", name));
  if (overridden.copies.empty()) return error;
  error.note(fmt::format("{} is at {}", overridden.before.repr(), listed(overridden.copies)));
  std::vector<std::string> instead;
  for (const std::string& path : overridden.copies) {
    if (instead.size() == kShown) break;
    instead.push_back(override_of_copy(overridden, path, config));
  }
  return std::move(error.help(fmt::format("{}", fmt::join(instead, " "))));
}

}  // namespace millrace
