#include "millrace/zoo/classification/models/global_average_pooling.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::classification {

GlobalAveragePooling::GlobalAveragePooling(Options options) : dim_(checked<GlobalAveragePooling>(options).dim) {}

Features GlobalAveragePooling::forward(const Features& features) {
  Features pooled;
  for (const at::Tensor& feature : features) {
    if (feature.dim() != dim_ + 2)
      throw Error(fmt::format("GlobalAveragePooling got input ({}), dim is {}", fmt::join(feature.sizes(), ", "), dim_))
          .help(feature.dim() > 2 && feature.dim() < 6 ? fmt::format("dim={}", feature.dim() - 2) : "neck=None");
    pooled.push_back(feature.flatten(2).mean(-1));
  }
  return pooled;
}

MILLRACE_REGISTER(Neck, GlobalAveragePooling);

}  // namespace millrace::classification
