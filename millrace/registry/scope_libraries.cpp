#include "millrace/registry/scope_libraries.h"

#include <optional>
#include <utility>

namespace millrace {

ScopeLibraries& ScopeLibraries::instance() {
  static ScopeLibraries libraries;
  return libraries;
}

void ScopeLibraries::offer(std::string scope, Load load) {
  const std::lock_guard lock(mutex_);
  scopes_.add(scope);
  libraries_.push_back({std::move(scope), std::move(load)});
  ++not_loaded_;
}

bool ScopeLibraries::has(std::string_view scope) const {
  const std::lock_guard lock(mutex_);
  return !scope.empty() && scopes_.find(scope).has_value();
}

void ScopeLibraries::load_for(std::string_view type, std::string_view default_scope) {
  if (not_loaded_ == 0) return;
  const std::lock_guard lock(mutex_);
  load_scope(default_scope);
  for (size_t dot; (dot = type.find('.')) != std::string_view::npos; type.remove_prefix(dot + 1))
    load_scope(type.substr(0, dot));
}

void ScopeLibraries::load_all() {
  if (not_loaded_ == 0) return;
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < libraries_.size(); ++i) load(libraries_[i]);  // one that is loaded may offer others
}

void ScopeLibraries::load_scope(std::string_view name) {
  const std::optional<std::string> path = scopes_.find(name);
  if (!path || path->empty()) return;
  for (size_t i = 0; i < libraries_.size(); ++i)
    if ((*path + ".").starts_with(libraries_[i].scope + ".")) load(libraries_[i]);
}

void ScopeLibraries::load(Library& library) {
  if (library.state != Library::State::waiting) return;
  library.state = Library::State::loading;
  try {
    library.load();
  } catch (...) {
    library.state = Library::State::waiting;
    throw;
  }
  library.state = Library::State::loaded;
  --not_loaded_;
}

}  // namespace millrace
