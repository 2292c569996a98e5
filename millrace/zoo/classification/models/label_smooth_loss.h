#pragma once

#include <optional>
#include <vector>

#include "millrace/zoo/classification/models/cross_entropy_loss.h"

namespace millrace::classification {

/// Cross entropy against smoothed targets (Szegedy et al. 2015, arXiv 1512.00567), e = label_smooth_val:
///
///     original:        t' = (1 - e) t + e / K
///     classy_vision:   t' = (t + e / K) / (1 + e)
///     multi_label:     t' = (1 - 2e) [t > 0] + e,  with a sigmoid unless use_sigmoid says otherwise
///
/// scores (N, K); target (N) int64, or (N, K).
class LabelSmoothLoss final : public Loss {
 public:
  enum class Mode { original, classy_vision, multi_label };
  struct Options {
    Required<double> label_smooth_val;
    std::optional<int64_t> num_classes{};
    std::optional<bool> use_sigmoid{};
    Mode mode = Mode::original;
    Reduction reduction = Reduction::mean;
    double loss_weight = 1.0;
    std::optional<std::vector<double>> class_weight{};
    std::optional<std::vector<double>> pos_weight{};

    template <class Fields>
    static void describe(Fields& f) {
      f("label_smooth_val", &Options::label_smooth_val, "how much of a target is spread over all classes")
          .at_least(0)
          .below(1);
      f("num_classes", &Options::num_classes, "number of classes; None takes that of the scores").at_least(1);
      f("use_sigmoid", &Options::use_sigmoid, "each class is decided by itself; None: in mode multi_label");
      f("mode", &Options::mode, "the formula");
      f("reduction", &Options::reduction, "of the rows");
      f("loss_weight", &Options::loss_weight, "factor of the loss");
      f("class_weight", &Options::class_weight, "factor of each class");
      f("pos_weight", &Options::pos_weight, "factor of each class where the target is 1, with use_sigmoid");
    }
  };
  explicit LabelSmoothLoss(Options options);
  /// num_classes, class_weight and pos_weight.
  void check_classes(int64_t classes) const override;
  using Loss::forward;
  at::Tensor forward(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) override;

 private:
  at::Tensor smooth(const at::Tensor& target, const at::Tensor& scores) const;
  Options options_;
  bool sigmoid_;
  double epsilon_;
  CrossEntropyLoss cross_entropy_;
};

}  // namespace millrace::classification
