#pragma once

#include <array>
#include <vector>

#include "millrace/optim/optimizer.h"

namespace millrace {

/// L2 norms of each parameter of the bucket and of its gradient, in float64.
struct ParamNorms {
  double param, grad;
};
std::vector<ParamNorms> norms_of(Optimizer::Bucket& bucket);

}  // namespace millrace
