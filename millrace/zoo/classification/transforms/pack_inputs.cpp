#include "millrace/zoo/classification/transforms/pack_inputs.h"

#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "millrace/data/image_keys.h"
#include "millrace/structures/strided_view.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

PackInputs::PackInputs(const Options& options)
    : input_(checked<PackInputs>(options).input_key),
      kept_{keys::img, keys::channel_order, keys::gt_label, keys::gt_score} {
  for (const auto* names : {&options.algorithm_keys, &options.meta_keys})
    for (const std::string& name : *names) kept_.emplace_back(name);
}

void PackInputs::apply(Sample& sample, Rng&) const {
  const at::Tensor& image = sample.tensor(input_);
  if (image.dim() != 2 && image.dim() != 3)
    throw Error(
        fmt::format("PackInputs takes images (H, W, C) or (H, W), '{}' has {} dimensions", input_.name(), image.dim()));
  sample.set(keys::img, planes_view(image));
  if (State* label = sample.find(keys::gt_label); label && label->is_sequence()) {
    std::vector<int64_t> labels;
    for (const State& item : label->items()) labels.push_back(item.integer());
    *label = at::tensor(labels, at::kLong);
  }
  sample.keep_only(kept_);
}

MILLRACE_REGISTER(Transform, PackInputs);

}  // namespace millrace::classification
