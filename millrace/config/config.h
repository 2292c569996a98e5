#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/config/limits.h"
#include "millrace/config/value.h"

namespace millrace {

struct ReadOptions {
  /// Folders that hold packages and checkouts, searched for `pkg::path` and `from pkg.configs.x import *`; those of
  /// MILLRACE_CONFIG_PATH (separated by ':') come after them.
  std::vector<std::string> search_path;
  /// Gives the value of an environment variable; if empty, those of the process are used.
  std::function<std::optional<std::string>(const std::string&)> environment;
  Limits limits{};
};

/// A config: the tree that results from a file, its bases and the overrides.
///
///     Config config = Config::from_file("configs/mnist.py");
///     const Value* lr = config.tree.find("lr");
///
/// Each value carries the place where it was made, each key the place where it was last set, in whichever file. Nothing
/// in the tree is shared: each list and dict is in one place. Reading runs no code, opens only files that the config
/// names, and ends on any input. A Config is for one thread; several threads may each read their own.
class Config {
 public:
  enum class Format { python, yaml, json };

  /// Reads `.py`, `.yaml`, `.yml` or `.json`. Throws Error with the place.
  static Config from_file(const std::string& path, const ReadOptions& options = {});
  /// Places name the file `name`, and relative bases are searched in its folder.
  static Config from_string(std::string text, Format format, const std::string& name, const ReadOptions& options = {});
  /// A tree made in memory; it must be a dict with keys that are strings.
  static Config from_tree(Value tree);
  /// The format by the extension of a file name; throws Error for an unknown one.
  static Format format_of(const std::string& path);

  /// An override of a top-level name, and the values that the config had made from that name before: they keep the old
  /// value.
  struct Overridden {
    std::string argument;             // "data_root=/data/cifar10"
    std::string name;                 // "data_root"
    bool is_new = false;              // the config did not have that name
    Value before;                     // the value before; null if the name is new
    std::vector<std::string> copies;  // paths of values that equal `before`, or are texts that begin with it

    /// One line: the argument, and the paths.
    std::string text() const;
  };

  Value tree = Value::dict();
  std::string filename;                                // as given; empty without a file
  std::vector<std::string> files;                      // all that were read, bases first
  std::map<std::string, std::string> environment;      // environment variables that were used, and their values
  std::vector<std::string> notices;                    // what a user should know: deprecations
  std::vector<Overridden> overridden;                  // what apply_overrides changed
  std::set<std::string, std::less<>> read_names;       // top-level names that an expression read
  std::set<std::string, std::less<>> inherited_names;  // top-level names that a base defines
  int64_t steps = 0;                                   // steps that reading used, of Limits::steps

  /// Whether an expression read a top-level name or a base defined it. Such a name may be a variable of the config that
  /// no component reads.
  bool is_variable(std::string_view name) const { return is_read(name) || inherited_names.contains(name); }
  bool is_read(std::string_view name) const { return read_names.contains(name); }
};

}  // namespace millrace
