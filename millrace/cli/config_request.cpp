#include "millrace/cli/config_request.h"

#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/config/override_effects.h"
#include "millrace/config/overrides.h"

namespace millrace {

void ConfigRequest::declare(Arguments& arguments) {
  arguments.positional("FILE", "a config: .py, .yaml or .json", files);
  declare_reading(arguments);
}

void ConfigRequest::declare_reading(Arguments& arguments) {
  arguments.overrides(overrides);
  arguments.config_path(search_path);
}

Config ConfigRequest::read_plain(const std::string& file) const {
  ReadOptions options;
  options.search_path = search_path;
  Config config = Config::from_file(file, options);
  for (const std::string& notice : config.notices) std::fprintf(stderr, "%s\n", notice.c_str());
  return config;
}

Config ConfigRequest::read(const std::string& file) const {
  Config config = read_plain(file);
  apply_overrides(config, overrides);
  std::vector<std::string> notices;
  add_override_notices(notices, config);
  for (const std::string& notice : notices) std::fprintf(stderr, "%s\n", notice.c_str());
  return config;
}

Config ConfigRequest::changed(const Config& config) const {
  Config copy = config;
  copy.tree = config.tree.deep_copy();
  apply_overrides(copy, overrides);
  return copy;
}

}  // namespace millrace
