#include <filesystem>
#include <fstream>
#include <optional>

#include "millrace/config/dump.h"
#include "tests/fuzz/readers.h"
#include "tests/fuzz/round_trip.h"
#include "tests/support/scratch_folder.h"

namespace millrace::fuzz {
namespace {

constexpr std::string_view kNextFile = "#--- ";

/// Writes the files that follow the first one, whose text is given back.
std::string_view unpack(std::string_view bytes, const ScratchFolder& folder) {
  size_t at = bytes.find(kNextFile);
  const std::string_view first = bytes.substr(0, at);
  for (int files = 0; at != std::string_view::npos && files < 8; ++files) {
    bytes.remove_prefix(at + kNextFile.size());
    const size_t line = std::min(bytes.find('\n'), bytes.size());
    const std::string name(bytes.substr(0, line));
    const bool is_name = !name.empty() && name.size() < 20 &&
                         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.") == std::string::npos && name[0] != '.';
    bytes.remove_prefix(std::min(line + 1, bytes.size()));
    at = bytes.find(kNextFile);
    if (is_name) std::ofstream(folder.path() / name, std::ios::binary) << bytes.substr(0, at);
  }
  return first;
}

}  // namespace

bool config_py(std::string_view bytes) {
  ReadOptions options;
  options.limits = small_limits();
  options.environment = [](const std::string& name) {
    return name == "LR" ? std::optional<std::string>("0.5") : std::nullopt;
  };
  try {
    Config config;
    if (bytes.find(kNextFile) == std::string_view::npos) {
      config = Config::from_string(std::string(bytes), Config::Format::python, "c.py", options);
    } else {
      const ScratchFolder folder;
      std::ofstream(folder.path() / "c.py", std::ios::binary) << unpack(bytes, folder);
      config = Config::from_file(folder / "c.py", options);
    }
    const std::string dumped = to_python(config.tree);
    expect_same_tree(config.tree, dumped, [](const std::string& text) {
      return Config::from_string(text, Config::Format::python, "d.py").tree;
    });
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
