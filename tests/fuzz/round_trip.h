#pragma once

#include <string>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "millrace/config/json.h"

namespace millrace::fuzz {

/// Throws std::logic_error unless `text`, which was dumped from `tree`, reads to the same tree.
template <class Read>
void expect_same_tree(const Value& tree, const std::string& text, const Read& read) {
  std::string again;
  try {
    again = to_canonical_json(read(text));
  } catch (const Error& error) {
    throw std::logic_error(std::string("a dump can't be read: ") + error.what() + "\n" + text);
  }
  if (again != to_canonical_json(tree)) throw std::logic_error("a dump reads to another tree:\n" + text);
}

/// For inputs that try to be large: a tenth of what a config may cost, so that more of them are tried a second.
inline Limits small_limits() {
  Limits limits;
  limits.steps /= 10;
  limits.bytes /= 10;
  return limits;
}

}  // namespace millrace::fuzz
