#include "millrace/zoo/classification/models/cls_head.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/max.h>
#include <ATen/ops/softmax.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/metrics/rank.h"

namespace millrace::classification {

BaseClsHead::BaseClsHead(const ClsHeadOptions& options)
    : loss_(register_module("loss_module", options.loss.build())),
      topk_(options.topk.values()),
      cal_acc_(options.cal_acc) {
  for (int64_t k : topk_) accuracy_keys_.emplace_back(fmt::format("accuracy_top-{}", k));
}

namespace {

/// libtorch says that a target is out of bounds, not who gave it.
void explain_labels(const at::Tensor& scores, const at::Tensor& labels) {
  if (scores.dim() != 2 || labels.numel() == 0 || c10::isFloatingType(labels.scalar_type())) return;
  const auto most = labels.max().item<int64_t>();
  if (most < scores.size(1)) return;
  throw Error(fmt::format("the data have the label {}, but the network has {} classes: 0 to {}", most, scores.size(1),
                          scores.size(1) - 1))
      .help("the head's num_classes is the number of classes of the data; labels begin at 0");
}

}  // namespace

LossMap BaseClsHead::loss(const Features& features, const Batch& batch) {
  static const Key kLoss("loss");
  const at::Tensor out = nn::call(*this, features).back();
  const bool soft = batch.has(keys::gt_score);
  const at::Tensor& target = batch.tensor(soft ? keys::gt_score : keys::gt_label);
  LossMap losses;
  try {
    losses.add(kLoss, nn::call(*loss_, out, target, Loss::Extra{.avg_factor = static_cast<double>(out.size(0))}));
  } catch (const c10::Error&) {
    explain_labels(out, target);
    throw;
  }
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
