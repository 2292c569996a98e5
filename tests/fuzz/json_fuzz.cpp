#include "millrace/config/json.h"

#include "tests/fuzz/readers.h"
#include "tests/fuzz/round_trip.h"

namespace millrace::fuzz {

bool json(std::string_view bytes) {
  try {
    const Value tree = read_json(std::string(bytes), "c.json");
    expect_same_tree(tree, to_json(tree), [](const std::string& text) { return read_json(text, "d.json"); });
    ReadOptions options;
    options.limits = small_limits();
    Config::from_string(std::string(bytes), Config::Format::json, "c.json", options);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
