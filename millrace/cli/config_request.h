#pragma once

#include <string>
#include <vector>

#include "millrace/config/config.h"

namespace millrace {

class Arguments;

/// The arguments of the subcommands of `millrace config`: the files, and the overrides.
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
  /// Adds only `key=value` and `--config-path`, for a command that takes its files in another way.
  void declare_reading(Arguments& arguments);

  /// The file with its bases and the overrides. Notices about it (deprecations) go to stderr.
  Config read(const std::string& file) const;
  /// The file without the overrides.
  Config read_plain(const std::string& file) const;
  /// A copy with the overrides.
  Config changed(const Config& config) const;
};

}  // namespace millrace
