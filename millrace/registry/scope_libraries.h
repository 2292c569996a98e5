#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/registry/scopes.h"

namespace millrace {

/// Libraries whose components a look-up may need, each of one scope. A library is loaded when its scope is first named,
/// so that a run pays for the tasks it has, and for no other.
///
///     ScopeLibraries::instance().offer("mmpretrain", [] { … });    // what loads the library
///     ComponentTable::instance().find("Backbone", "LeNet", "");             // loads nothing: no scope is named
///     ComponentTable::instance().find("Backbone", "mmpretrain.LeNet", "");  // loads it
///
/// Look-ups may come from any thread: one loads the library, the others wait until its components are there. A library
/// registers its components while it is loaded and looks none up; a look-up there does not find what it has not
/// registered yet.
class ScopeLibraries {
 public:
  /// Registers the components of a library, or throws Error; then the next look-up tries again.
  using Load = std::function<void()>;

  /// Those of ComponentTable::instance().
  static ScopeLibraries& instance();

  /// `scope`: its path from the root, "mmpretrain". Several libraries may have one scope.
  void offer(std::string scope, Load load);
  /// Whether a library has the scope of this name, loaded or not. Loads nothing.
  bool has(std::string_view scope) const;

  /// Loads what `type` may mean in `default_scope`: the libraries of all scopes that the two name, and of those above.
  void load_for(std::string_view type, std::string_view default_scope);
  void load_all();

 private:
  struct Library {
    enum class State { waiting, loading, loaded };
    std::string scope;
    Load load;
    State state = State::waiting;
  };

  void load_scope(std::string_view name);
  void load(Library& library);

  mutable std::recursive_mutex mutex_;  // held while a library is loaded: others wait for it, itself it does not
  std::deque<Library> libraries_;       // a deque: addresses stay
  Scopes scopes_{std::vector<std::string>{}};
  std::atomic<size_t> not_loaded_ = 0;
};

}  // namespace millrace
