#include "millrace/config/yaml.h"

#include "tests/fuzz/readers.h"
#include "tests/fuzz/round_trip.h"

namespace millrace::fuzz {

bool yaml(std::string_view bytes) {
  try {
    const Value tree = read_yaml(std::string(bytes), "c.yaml");
    expect_same_tree(tree, to_yaml(tree), [](const std::string& text) { return read_yaml(text, "d.yaml"); });
    ReadOptions options;
    options.limits = small_limits();
    Config::from_string(std::string(bytes), Config::Format::yaml, "c.yaml", options);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
