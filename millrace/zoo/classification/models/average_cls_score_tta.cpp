#include "millrace/zoo/classification/models/average_cls_score_tta.h"

#include <ATen/ops/argmax.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/stack.h>

#include <vector>

#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

Sample AverageClsScoreTTA::merge(std::span<const Sample> views) const {
  std::vector<at::Tensor> scores;
  for (const Sample& view : views) scores.push_back(view.tensor(keys::pred_score));
  const at::Tensor mean = at::stack(scores).mean(0);
  Sample merged = views[0];
  merged.set(keys::pred_score, mean);
  merged.set(keys::pred_label, mean.argmax(0));
  return merged;
}

MILLRACE_REGISTER(BaseTTAModel, AverageClsScoreTTA);

}  // namespace millrace::classification
