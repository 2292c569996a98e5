#include "millrace/zoo/classification/models/cls_head.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/softmax.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "millrace/eval/measures/topk.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {

BaseClsHead::BaseClsHead(const ClsHeadOptions& options, std::optional<int64_t> classes)
    : loss_(register_module("loss_module", options.loss.build())),
      classes_(classes),
      topk_(options.topk.values()),
      cal_acc_(options.cal_acc) {
  for (int64_t k : topk_) accuracy_keys_.emplace_back(fmt::format("accuracy_top-{}", k));
}

void BaseClsHead::check_training() const {
  if (!classes_) return;
  loss_->check_classes(*classes_);
  const int64_t largest = *std::max_element(topk_.begin(), topk_.end());
  if (cal_acc_ && largest > *classes_)
    throw Error(fmt::format("cal_acc cannot compute the top {}: there are {} classes", largest, *classes_))
        .help(fmt::format("topk={}, or cal_acc=False", *classes_));
}

void BaseClsHead::check_targets(const Batch& batch) const {
  if (!classes_ || batch.has(keys::gt_score)) return;
  const Column* column = batch.find(keys::gt_label);
  const auto* labels = column ? std::get_if<Dense>(column) : nullptr;
  if (labels) check_labels(labels->values, *classes_, "the head", kIgnoredLabel);
}

LossMap BaseClsHead::loss(const Features& features, const Batch& batch) {
  static const Key kLoss("loss");
  const at::Tensor out = nn::call(*this, features).back();
  const bool soft = batch.has(keys::gt_score);
  const at::Tensor& target = batch.tensor(soft ? keys::gt_score : keys::gt_label);
  LossMap losses;
  losses.add(kLoss, nn::call(*loss_, out, target, Loss::Extra{.avg_factor = static_cast<double>(out.size(0))}));
  if (cal_acc_) {
    if (soft)
      throw Error("cal_acc needs labels: the targets of this batch are scores (gt_score)").help("cal_acc=False");
    const at::NoGradGuard no_grad;
    const at::Tensor rank = rank_of_label(out.detach(), target);
    for (size_t i = 0; i < topk_.size(); ++i)
      losses.add(accuracy_keys_[i], rank.lt(topk_[i]).to(at::kFloat).mean() * 100);
  }
  return losses;
}

void BaseClsHead::predict(const Features& features, Batch& batch) {
  const at::Tensor score = nn::call(*this, features).back().softmax(1, at::kFloat);
  batch.set(keys::pred_label, Dense{score.argmax(1)});
  batch.set(keys::pred_score, Dense{score});
}

ClsHead::ClsHead(Options options) : BaseClsHead(options.common) { set_init(std::move(options.init_cfg)); }

at::Tensor ClsHead::scores(const Features& features) {
  const at::Tensor& deepest = features.back();
  if (deepest.dim() != 2)
    throw Error(fmt::format("ClsHead got input ({}), it takes scores (N, K)", fmt::join(deepest.sizes(), ", ")));
  return deepest;
}

MILLRACE_REGISTER(Head, ClsHead);

}  // namespace millrace::classification
