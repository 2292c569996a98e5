#pragma once

#include <optional>
#include <string>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "tests/support/scratch_folder.h"

namespace millrace {

/// A temporary folder of config files, gone when the test ends.
class ConfigFolder {
 public:
  ConfigFolder& write(const std::string& name, const std::string& text) {
    folder_.write(name, text);
    return *this;
  }

  std::string path(const std::string& name = "") const { return folder_ / name; }

  /// Reads a file; packages are looked for in `search_path` alone.
  Config read(const std::string& name, const std::vector<std::string>& search_path = {}) const {
    ReadOptions options;
    options.search_path = search_path;
    options.environment = [](const std::string& variable) {
      return variable == "MILLRACE_TEST_LR" ? std::optional<std::string>("0.25") : std::nullopt;
    };
    return Config::from_file(path(name), options);
  }

  /// The text of the error that reading a file gives, with the folder's own path taken out.
  std::string error_of(const std::string& name) const {
    try {
      read(name);
    } catch (const Error& error) {
      return folder_.shown(error.what());
    }
    return "no error";
  }

 private:
  ScratchFolder folder_;
};

inline Config python_config(const std::string& text) {
  return Config::from_string(text, Config::Format::python, "c.py");
}

}  // namespace millrace
