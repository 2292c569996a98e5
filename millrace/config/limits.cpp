#include "millrace/config/limits.h"

#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {

void Budget::file(const Place& place) {
  if (++files_ > limits_.files) throw Error(place, fmt::format("a config reads at most {} files", limits_.files));
}

void Budget::refuse_steps(const Place& place) const {
  throw Error(place, fmt::format("the config takes more than {} steps to read", limits_.steps));
}

void Budget::refuse_bytes(const Place& place) const {
  throw Error(place, fmt::format("the config makes more than {} MB of text", limits_.bytes >> 20));
}

}  // namespace millrace
