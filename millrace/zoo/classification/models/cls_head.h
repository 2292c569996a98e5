#pragma once

#include <optional>
#include <vector>

#include "millrace/nn/head.h"
#include "millrace/nn/loss.h"
#include "millrace/registry/component.h"
#include "millrace/structures/key.h"
#include "millrace/zoo/classification/models/cross_entropy_loss.h"

namespace millrace::classification {

/// The keys that all heads of classifiers have.
struct ClsHeadOptions {
  Component<Loss> loss = use<CrossEntropyLoss>();
  OneOrMany<int64_t> topk = 1;
  bool cal_acc = false;

  template <class Fields>
  static void describe(Fields& f) {
    f("loss", &ClsHeadOptions::loss, "of the scores against gt_score, or else gt_label");
    f("topk", &ClsHeadOptions::topk, "values of k for cal_acc").at_least(1);
    f("cal_acc", &ClsHeadOptions::cal_acc, "log the accuracy of training batches, too");
  }
};

/// The base of classification heads: turns scores into losses and predictions.
///
/// Reads   gt_score (N, K) float, or else gt_label (N) int64
/// Gives   loss; with cal_acc accuracy_top-K in percent, of the batch
/// Writes  pred_score (N, K) float32, softmax of the scores; pred_label (N) int64
class BaseClsHead : public Head {
 public:
  /// `classes`: how many scores it gives, where that is known before it is called.
  explicit BaseClsHead(const ClsHeadOptions& options, std::optional<int64_t> classes = std::nullopt);
  /// The scores (N, K) before the softmax.
  virtual at::Tensor scores(const Features& features) = 0;

  Features forward(const Features& features) override { return {scores(features)}; }
  void check_training() const override;
  void check_targets(const Batch& batch) const override;
  LossMap loss(const Features& features, const Batch& batch) override;
  void predict(const Features& features, Batch& batch) override;

 private:
  std::shared_ptr<Loss> loss_;
  std::optional<int64_t> classes_;
  std::vector<int64_t> topk_;
  bool cal_acc_;
  std::vector<Key> accuracy_keys_;
};

/// A head that uses the deepest feature (N, K) as scores.
class ClsHead final : public BaseClsHead {
 public:
  struct Options {
    ClsHeadOptions common{};
    nn::InitCfg init_cfg{};
    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::common);
      f("init_cfg", &Options::init_cfg, "initial weights");
    }
  };
  ClsHead() : ClsHead(Options{}) {}
  explicit ClsHead(Options options);
  at::Tensor scores(const Features& features) override;
};

}  // namespace millrace::classification
