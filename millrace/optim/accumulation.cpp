#include "millrace/optim/accumulation.h"

#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {

Accumulation::Accumulation(int64_t counts) : counts_(counts) {
  if (counts < 1) throw Error(fmt::format("accumulative_counts must be at least 1, got {}", counts));
}

void Accumulation::begin(int64_t done, int64_t max) {
  done_ = done;
  max_ = max;
}

double Accumulation::divisor() const {
  const int64_t rest = max_ < 0 ? 0 : max_ % counts_;
  const bool is_in_rest = rest > 0 && done_ >= max_ - rest && done_ < max_;
  return static_cast<double>(is_in_rest ? rest : counts_);
}

}  // namespace millrace
