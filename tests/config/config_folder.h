#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "millrace/base/error.h"
#include "millrace/config/config.h"

namespace millrace {

/// A temporary folder of config files, gone when the test ends.
class ConfigFolder {
 public:
  ConfigFolder() {
    std::string pattern = testing::TempDir() + "millrace_config_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~ConfigFolder() { std::filesystem::remove_all(path_); }
  ConfigFolder(const ConfigFolder&) = delete;

  ConfigFolder& write(const std::string& name, const std::string& text) {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return *this;
  }

  std::string path(const std::string& name = "") const { return (path_ / name).string(); }

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
      std::string text = error.what();
      for (size_t at; (at = text.find(path_.string() + "/")) != std::string::npos;)
        text.erase(at, path_.string().size() + 1);
      return text;
    }
    return "no error";
  }

 private:
  std::filesystem::path path_;
};

inline Config python_config(const std::string& text) {
  return Config::from_string(text, Config::Format::python, "c.py");
}

}  // namespace millrace
