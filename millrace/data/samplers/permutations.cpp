#include "millrace/data/samplers/permutations.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randperm.h>

namespace millrace {

std::vector<int64_t> Permutations::at(int64_t index) {
  if (!generator_.defined() || index < drawn_) {
    generator_ = at::make_generator<at::CPUGeneratorImpl>(seed_);
    drawn_ = 0;
  }
  at::Tensor order;
  for (; drawn_ <= index; ++drawn_) order = at::randperm(n_, generator_, at::TensorOptions(at::kLong));
  const int64_t* const begin = order.const_data_ptr<int64_t>();
  return std::vector<int64_t>(begin, begin + n_);
}

}  // namespace millrace
