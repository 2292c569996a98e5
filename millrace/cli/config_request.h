#pragma once

#include <string>
#include <vector>

#include "millrace/config/config.h"

namespace millrace {

class Arguments;

/// What the subcommands of `millrace config` take: which configs, and what changes them.
///
///     ConfigRequest request;
///     request.declare(arguments);
///     arguments.parse(args);
///     for (const std::string& file : request.files) const Config config = request.read(file);
struct ConfigRequest {
  std::vector<std::string> files;
  std::vector<std::string> overrides;    // "key=value", in order
  std::vector<std::string> search_path;  // of --config-path

  /// Adds `FILE ...`, `key=value` and `--config-path`.
  void declare(Arguments& arguments);
  /// Adds the two that change how a config is read, for a command that names its files in another way.
  void declare_reading(Arguments& arguments);

  /// The file with its bases and the overrides. What a user should hear of it (deprecations) goes to stderr.
  Config read(const std::string& file) const;
  /// The file without the overrides.
  Config read_plain(const std::string& file) const;
  /// A copy with the overrides.
  Config changed(const Config& config) const;
};

}  // namespace millrace
