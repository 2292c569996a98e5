#include "millrace/zoo/classification/models/label_smooth_loss.h"

#include <ATen/ops/one_hot.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {

LabelSmoothLoss::LabelSmoothLoss(Options options)
    : options_(checked<LabelSmoothLoss>(std::move(options))),
      sigmoid_(options_.use_sigmoid.value_or(options_.mode == Mode::multi_label)),
      epsilon_(*options_.label_smooth_val),
      cross_entropy_({.use_sigmoid = sigmoid_,
                      .reduction = options_.reduction,
                      .loss_weight = options_.loss_weight,
                      .class_weight = options_.class_weight,
                      .pos_weight = options_.pos_weight}) {
  if (options_.mode == Mode::classy_vision) epsilon_ /= 1 + epsilon_;
}

void LabelSmoothLoss::check_classes(int64_t classes) const {
  if (options_.num_classes && *options_.num_classes != classes)
    throw Error(
        fmt::format("LabelSmoothLoss.num_classes is {}, and there are {} classes", *options_.num_classes, classes))
        .help(fmt::format("num_classes={}", classes));
  cross_entropy_.check_classes(classes);
}

at::Tensor LabelSmoothLoss::forward(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) {
  const int64_t classes = scores.size(-1);
  if (options_.num_classes && *options_.num_classes != classes)
    throw Error(fmt::format("LabelSmoothLoss got scores ({}), num_classes is {}", fmt::join(scores.sizes(), ", "),
                            *options_.num_classes))
        .help(fmt::format("num_classes={}", classes));
  // Softmax against labels has the smoothing in its kernel, without a table of targets.
  if (!sigmoid_ && options_.mode != Mode::multi_label && target.dim() == 1)
    return cross_entropy_.smoothed(scores, target, epsilon_, extra);
  return cross_entropy_.forward(scores, smooth(target, scores), extra);
}

at::Tensor LabelSmoothLoss::smooth(const at::Tensor& target, const at::Tensor& scores) const {
  const at::ScalarType type = scores.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
  const int64_t classes = scores.size(-1);
  if (target.dim() == 1) check_labels(target, classes, "LabelSmoothLoss");
  const at::Tensor table = target.dim() == 1 ? at::one_hot(target, classes).to(type) : target.to(type);
  if (options_.mode == Mode::multi_label) return table.gt(0).to(type).mul_(1 - 2 * epsilon_).add_(epsilon_);
  return table * (1 - epsilon_) + epsilon_ / static_cast<double>(classes);
}

MILLRACE_REGISTER(Loss, LabelSmoothLoss);

}  // namespace millrace::classification
