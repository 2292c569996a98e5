#include "millrace/zoo/classification/models/cross_entropy_loss.h"

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {
namespace {

at::Tensor in_full(const at::Tensor& scores) {
  const at::ScalarType type = scores.scalar_type();
  return type == at::kBFloat16 || type == at::kHalf ? scores.to(at::kFloat) : scores;
}

at::Tensor weights_like(const at::Tensor& scores, const std::vector<double>& values, const char* key) {
  if (static_cast<int64_t>(values.size()) != scores.size(-1))
    throw Error(fmt::format("CrossEntropyLoss got scores ({}), {} has {} numbers", fmt::join(scores.sizes(), ", "), key,
                            values.size()));
  return at::tensor(values, scores.options().requires_grad(false));
}

/// Whether labels that can be read for nothing have none that is ignored; false where nobody knows.
bool is_without_ignored(const at::Tensor& labels) {
  if (!labels.is_cpu() || labels.scalar_type() != at::kLong || !labels.is_contiguous()) return false;
  const int64_t* const first = labels.const_data_ptr<int64_t>();
  return std::find(first, first + labels.numel(), kIgnoredLabel) == first + labels.numel();
}

/// at::binary_cross_entropy_with_logits would take a target of shape (N, 1) for one of every class.
void check_shape(const at::Tensor& scores, const at::Tensor& target, const char* setting) {
  if (target.sizes() == scores.sizes()) return;
  Error error(fmt::format("CrossEntropyLoss{} got a target of shape ({}), the scores are ({})", setting,
                          fmt::join(target.sizes(), ", "), fmt::join(scores.sizes(), ", ")));
  if (target.dim() < scores.dim()) error.help("to_onehot=True and num_classes in data_preprocessor");
  throw error;
}

}  // namespace

void CrossEntropyLoss::check(const Options& options, Complaints& complaints) {
  if (options.use_sigmoid && options.use_soft)
    complaints.add("use_soft", "CrossEntropyLoss cannot have both use_sigmoid and use_soft");
}

void CrossEntropyLoss::check_classes(int64_t classes) const {
  const auto check = [&](const std::optional<std::vector<double>>& values, const char* key) {
    if (values && static_cast<int64_t>(values->size()) != classes)
      throw Error(fmt::format("{} has {} numbers, and there are {} classes", key, values->size(), classes))
          .help(fmt::format("{}=None", key));
  };
  check(options_.class_weight, "class_weight");
  if (options_.use_sigmoid) check(options_.pos_weight, "pos_weight");
}

CrossEntropyLoss::CrossEntropyLoss(Options options) : options_(checked<CrossEntropyLoss>(std::move(options))) {}

at::Tensor CrossEntropyLoss::forward(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) {
  return options_.use_sigmoid ? sigmoid_loss(in_full(scores), target, extra)
                              : softmax_loss(in_full(scores), target, 0, extra);
}

at::Tensor CrossEntropyLoss::smoothed(const at::Tensor& scores, const at::Tensor& target, double smoothing,
                                      const Extra& extra) const {
  return softmax_loss(in_full(scores), target, smoothing, extra);
}

at::Tensor CrossEntropyLoss::softmax_loss(const at::Tensor& scores, const at::Tensor& target, double smoothing,
                                          const Extra& extra) const {
  const bool soft = target.dim() == scores.dim();
  if (soft || options_.use_soft) check_shape(scores, target, options_.use_soft ? " with use_soft" : "");
  else check_labels(target, scores.size(scores.dim() == 1 ? 0 : 1), "CrossEntropyLoss", kIgnoredLabel);
  at::Tensor class_weight;
  if (options_.class_weight) class_weight = weights_like(scores, *options_.class_weight, "class_weight");
  const bool plain_mean = options_.reduction == Reduction::mean && !class_weight.defined() && !extra.weight.defined();
  if (plain_mean && target.dim() == 1 && scores.dim() == 2) {
    // One kernel where its mean is ours: it divides by the rows whose label is not ignored.
    const auto rows = static_cast<double>(scores.size(0));
    const double divisor = extra.avg_factor.value_or(rows);
    const bool is_kernels_mean = divisor == rows && is_without_ignored(target);
    at::Tensor loss = at::cross_entropy_loss(
        scores, target, {}, is_kernels_mean ? at::Reduction::Mean : at::Reduction::Sum, kIgnoredLabel, smoothing);
    if (!is_kernels_mean) loss = loss / divisor;
    return options_.loss_weight == 1.0 ? loss : loss * options_.loss_weight;
  }
  return reduce(at::cross_entropy_loss(scores, target, class_weight, at::Reduction::None, kIgnoredLabel, smoothing),
                extra);
}

at::Tensor CrossEntropyLoss::sigmoid_loss(const at::Tensor& scores, const at::Tensor& target,
                                          const Extra& extra) const {
  check_shape(scores, target, " with use_sigmoid");
  at::Tensor class_weight, pos_weight;
  if (options_.class_weight) class_weight = weights_like(scores, *options_.class_weight, "class_weight");
  if (options_.pos_weight) pos_weight = weights_like(scores, *options_.pos_weight, "pos_weight");
  return reduce(at::binary_cross_entropy_with_logits(scores, target.to(scores.scalar_type()), class_weight, pos_weight,
                                                     at::Reduction::None),
                extra);
}

at::Tensor CrossEntropyLoss::reduce(at::Tensor loss, const Extra& extra) const {
  if (extra.weight.defined()) {
    if (extra.weight.dim() != 1 || extra.weight.size(0) != loss.size(0))
      throw Error(fmt::format("CrossEntropyLoss got weights ({}), there are {} rows",
                              fmt::join(extra.weight.sizes(), ", "), loss.size(0)));
    const at::Tensor weight = extra.weight.to(loss.scalar_type());
    loss = loss * (loss.dim() > 1 ? weight.unsqueeze(1) : weight);
  }
  if (options_.reduction == Reduction::mean) loss = extra.avg_factor ? loss.sum() / *extra.avg_factor : loss.mean();
  if (options_.reduction == Reduction::sum) {
    if (extra.avg_factor)
      throw Error("CrossEntropyLoss with reduction='sum' takes no avg_factor").help("reduction='mean'");
    loss = loss.sum();
  }
  return options_.loss_weight == 1.0 ? loss : loss * options_.loss_weight;
}

MILLRACE_REGISTER(Loss, CrossEntropyLoss);

}  // namespace millrace::classification
