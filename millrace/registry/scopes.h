#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace {

/// The tree of scopes in which components are looked up, by MMEngine's rules for a registry and its children.
///
/// A scope is known by its path from the root: "" is the root, "mmdet" a child of it, "mmdet.mine" a child of mmdet.
/// The root answers to several names.
class Scopes {
 public:
  explicit Scopes(std::vector<std::string> root_names) : root_names_(std::move(root_names)) {}

  /// Adds the scope of a path, and those above it.
  void add(std::string_view path);

  /// The path of the scope that a config names ("mmdet", "mine") or gives as a path ("mmdet.mine"): the nearest to the
  /// root if there are several. Nothing if no loaded library has it.
  std::optional<std::string> find(std::string_view name) const;

  /// Where to look for the component `type` in the scope `home` (a path): pairs (scope, name), in order.
  ///
  ///     Name              home, then each scope above it
  ///     home.Name         home alone
  ///     child.Name        a child of home, then as a bare name there; else
  ///     scope.Name        a child of the root, then as a bare name there; the root alone by one of its own names
  ///     a.b.Name          by the same rules one name after the other; else, unless b is a scope,
  ///     a.module.Name     a Python path: the scope a, then each above it
  std::vector<std::pair<std::string, std::string>> candidates(std::string_view home, std::string_view type) const;

 private:
  bool names(std::string_view path, std::string_view name) const;
  std::optional<std::string> child(std::string_view path, std::string_view name) const;

  std::vector<std::string> root_names_;
  std::vector<std::string> paths_;  // sorted by depth, then by name; without the root
};

}  // namespace millrace
