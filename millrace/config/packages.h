#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// Whether `pkg::path` may name this package: those of OpenMMLab.
bool is_known_package(std::string_view package);
std::vector<std::string> known_packages();

/// Finds configs of other packages. It looks for `DIR/pkg` and `DIR/<repository of pkg>`, where DIR is each folder of
/// the search path, the checkout of the config that asks, and the folder of that checkout.
struct PackageSearch {
  const std::vector<std::string>& search_path;
  std::string from;  // absolute path of the config that asks

  /// The file `configs/<path>` of a package (`mmdet::_base_/x.py`); nullopt if it is not found.
  std::optional<std::string> config_file(const std::string& package, const std::string& path) const;
  /// The file of the module `pkg.a.b`; nullopt if it is not found.
  std::optional<std::string> module_file(const std::string& package, const std::string& path) const;
  /// The folders that were searched, for a message.
  std::vector<std::string> folders() const;
};

}  // namespace millrace
