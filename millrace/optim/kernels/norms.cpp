#include "millrace/optim/kernels/norms.h"

#include <cmath>

#include "millrace/optim/kernels/sum_elements.h"

namespace millrace {

std::vector<ParamNorms> norms_of(Optimizer::Bucket& bucket) {
  const auto squares = sum_elements<2>(bucket, std::array<size_t, 0>{}, [](size_t) {
    return [](auto g, auto& p) MILLRACE_RULE { return std::array{p * p, g * g}; };
  });
  std::vector<ParamNorms> norms;
  for (const auto& [of_param, of_grad] : squares) norms.push_back({std::sqrt(of_param), std::sqrt(of_grad)});
  return norms;
}

}  // namespace millrace
