#include "millrace/config/key_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {
namespace {

/// Calls `visit(name, value)` for what lies directly in a value, until it returns true.
template <class Visit>
bool any_child(const Value& value, Visit visit) {
  if (value.is_dict()) {
    for (const auto& [key, item] : value.as_dict())
      if (visit(path_name(key), item)) return true;
  } else if (value.is_sequence()) {
    for (size_t i = 0; i < value.items().size(); ++i)
      if (visit(std::to_string(i), value.items()[i])) return true;
  }
  return false;
}

/// How far a path leads: the deepest value on it, and what of the path is left there.
struct Walk {
  const Value* value;
  std::string path;
  std::string_view rest;
};

Walk walked(const Value& tree, const std::string& path, std::string_view rest) {
  Walk best{&tree, path, rest};
  any_child(tree, [&](const std::string& name, const Value& item) {
    if (!rest.starts_with(name)) return false;
    if (rest.size() > name.size() && rest[name.size()] != '.') return false;
    Walk walk = walked(item, below(path, name), rest.substr(std::min(name.size() + 1, rest.size())));
    if (walk.rest.size() < best.rest.size() || best.value == &tree) best = std::move(walk);
    return best.rest.empty();
  });
  return best;
}

/// The paths that end in ".<ending>", at most two.
void add_paths_ending_in(const Value& tree, const std::string& path, const std::string& ending,
                         std::vector<std::string>& out) {
  any_child(tree, [&](const std::string& name, const Value& item) {
    const std::string here = below(path, name);
    if (here.size() > ending.size() && here.ends_with(ending) && here[here.size() - ending.size() - 1] == '.')
      out.push_back(here);
    else add_paths_ending_in(item, here, ending, out);
    return out.size() > 1;
  });
}

[[noreturn]] void refuse_path(const Value& tree, const std::string& path, const Walk& walk) {
  const std::string owner = walk.path.empty() ? "the config" : "'" + walk.path + "'";
  if (!walk.value->is_dict() && !walk.value->is_sequence())
    throw Error(walk.value->place(),
                fmt::format("{} is {}, which has no key '{}'", owner, walk.value->repr(), walk.rest));
  if (walk.value->is_sequence()) {
    const std::string_view index = walk.rest.substr(0, walk.rest.find('.'));
    const size_t count = walk.value->items().size();
    Error error(walk.value->place(),
                fmt::format("{} is a {} of {} {}, which has no element '{}'", owner, walk.value->kind_name(), count,
                            count == 1 ? "element" : "elements", index));
    if (count > 0) error.note(fmt::format("elements: 0 to {}", count - 1));
    throw error;
  }
  std::vector<std::string> names, shown;
  for (const auto& [key, item] : walk.value->as_dict()) names.push_back(path_name(key));
  const std::string wrong(walk.rest.substr(0, walk.rest.find('.')));
  std::string suggestion;
  if (const auto near = nearest(wrong, names)) {
    suggestion = "; did you mean '" + below(walk.path, *near) + "'?";
  } else {
    std::vector<std::string> elsewhere;
    add_paths_ending_in(tree, "", path, elsewhere);
    if (!elsewhere.empty()) suggestion = "; did you mean '" + elsewhere.front() + "'?";
  }
  Error error(walk.value->place(), fmt::format("{} has no key '{}'{}", owner, wrong, suggestion));
  std::sort(names.begin(), names.end());
  error.note(names.empty() ? "it is an empty dict" : "keys: " + join(names));
  throw error;
}

}  // namespace

std::string below(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string path_name(const Value& key) { return key.is_string() ? key.as_string() : key.repr(); }

const Value* find_path(const Value& tree, std::string_view path) {
  const Walk walk = walked(tree, "", path);
  return walk.rest.empty() ? walk.value : nullptr;
}

const Value& at_path(const Value& tree, const std::string& path) {
  const Walk walk = walked(tree, "", path);
  if (!walk.rest.empty()) refuse_path(tree, path, walk);
  return *walk.value;
}

}  // namespace millrace
