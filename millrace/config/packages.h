#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Whether `pkg::path` may name this package: those of OpenMMLab.
bool is_known_package(std::string_view package);
std::vector<std::string> known_packages();

/// Where a config of another package lies. Looked for in each folder of the search path, in the checkout of the config
/// that asks, and beside that checkout, as `DIR/pkg` and `DIR/<repository of pkg>`.
struct PackageSearch {
  const std::vector<std::string>& search_path;
  std::string from;  // absolute path of the config that asks

  /// The file `configs/<path>` of a package (`mmdet::_base_/x.py`); nullopt if it is nowhere.
  std::optional<std::string> config_file(const std::string& package, const std::string& path) const;
  /// The file of the module `pkg.a.b`; nullopt if it is nowhere.
  std::optional<std::string> module_file(const std::string& package, const std::string& path) const;
  /// The folders that were looked into, for a message.
  std::vector<std::string> folders() const;
};

}  // namespace millrace
