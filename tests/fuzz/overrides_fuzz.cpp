#include "millrace/config/overrides.h"

#include "tests/fuzz/readers.h"
#include "tests/fuzz/round_trip.h"

namespace millrace::fuzz {

bool overrides(std::string_view bytes) {
  try {
    Config config = Config::from_string("a = 1\nb = dict(c=[1, (2, 3), dict(d='x')], e=None)\nf = []\n",
                                        Config::Format::python, "c.py");
    std::vector<std::string> arguments;
    while (!bytes.empty() && arguments.size() < 100) {
      const size_t line = std::min(bytes.find('\n'), bytes.size());
      arguments.emplace_back(bytes.substr(0, line));
      bytes.remove_prefix(std::min(line + 1, bytes.size()));
    }
    apply_overrides(config, arguments);
    to_canonical_json(config.tree);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace millrace::fuzz
