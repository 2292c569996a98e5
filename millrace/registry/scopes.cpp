#include "millrace/registry/scopes.h"

#include <algorithm>
#include <tuple>

namespace millrace {
namespace {

std::string_view parent_scope(std::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string_view last_scope(std::string_view path) { return path.substr(path.rfind('.') + 1); }

/// mmpretrain was called mmcls.
std::string_view present_name(std::string_view scope) { return scope == "mmcls" ? "mmpretrain" : scope; }

}  // namespace

void Scopes::add(std::string_view path) {
  for (; !path.empty(); path = parent_scope(path)) {
    const auto order = [](std::string_view p) { return std::make_tuple(std::count(p.begin(), p.end(), '.'), p); };
    const auto at = std::lower_bound(paths_.begin(), paths_.end(), path,
                                     [&](const std::string& a, std::string_view b) { return order(a) < order(b); });
    if (at != paths_.end() && *at == path) return;
    paths_.insert(at, std::string(path));
  }
}

bool Scopes::names(std::string_view path, std::string_view name) const {
  if (path.empty()) return std::find(root_names_.begin(), root_names_.end(), name) != root_names_.end();
  return last_scope(path) == present_name(name);
}

std::optional<std::string> Scopes::find(std::string_view name) const {
  if (name.empty() || names("", name)) return "";
  for (const std::string& path : paths_)
    if (names(path, name) || path == name) return path;
  return {};
}

std::optional<std::string> Scopes::child(std::string_view path, std::string_view name) const {
  for (const std::string& below : paths_)
    if (parent_scope(below) == path && names(below, name)) return below;
  return {};
}

std::vector<std::pair<std::string, std::string>> Scopes::candidates(std::string_view home,
                                                                    std::string_view type) const {
  std::vector<std::pair<std::string, std::string>> found;
  const auto add_upwards = [&found](std::string_view scope, std::string_view name) {
    found.emplace_back(scope, name);
    for (; !scope.empty(); scope = parent_scope(scope)) found.emplace_back(parent_scope(scope), name);
  };

  std::string scope(home);
  std::string_view rest = type;
  for (;;) {  // a scope's name less each time
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos) {
      add_upwards(scope, rest);
      break;
    }
    const std::string_view name = rest.substr(0, dot);
    if (names(scope, name)) {
      found.emplace_back(scope, rest.substr(dot + 1));
      break;
    }
    std::optional<std::string> next = child(scope, name);
    if (!next && names("", name)) {
      found.emplace_back("", rest.substr(dot + 1));
      break;
    }
    if (!next) next = child("", name);
    if (!next) break;
    scope = std::move(*next);
    rest.remove_prefix(dot + 1);
  }

  const size_t first = type.find('.');
  const size_t second = first == std::string_view::npos ? first : type.find('.', first + 1);
  if (second == std::string_view::npos || first == 0) return found;
  if (const auto owner = find(type.substr(0, first)); owner && !find(type.substr(first + 1, second - first - 1)))
    add_upwards(*owner, last_scope(type));
  return found;
}

}  // namespace millrace
