#include "millrace/config/config.h"

#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/config/reader.h"

namespace millrace {

Config::Format Config::format_of(const std::string& path) {
  if (path.ends_with(".py")) return Format::python;
  if (path.ends_with(".yaml") || path.ends_with(".yml")) return Format::yaml;
  if (path.ends_with(".json")) return Format::json;
  throw Error(Place(path), "a config is a .py, .yaml, .yml or .json file");
}

Config Config::from_file(const std::string& path, const ReadOptions& options) {
  Config config;
  config.filename = path;
  Reader(options, config).file(path);
  return config;
}

Config Config::from_string(std::string text, Format format, const std::string& name, const ReadOptions& options) {
  Config config;
  config.filename = name;
  Reader(options, config).text(std::move(text), format, name);
  return config;
}

Config Config::from_tree(Value tree) {
  if (!tree.is_dict()) throw Error(tree.place(), fmt::format("a config is a dict, not a {}", tree.kind_name()));
  for (const auto& [key, value] : tree.as_dict())
    if (!key.is_string()) throw Error(key.place(), fmt::format("a top-level key is a str, not {}", key.repr()));
  Config config;
  config.tree = std::move(tree);
  return config;
}

}  // namespace millrace
