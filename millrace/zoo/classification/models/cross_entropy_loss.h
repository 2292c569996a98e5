#pragma once

#include <optional>
#include <vector>

#include "millrace/nn/loss.h"

namespace millrace::classification {

/// How a loss with one value per row is reduced.
enum class Reduction { none, mean, sum };

/// Cross entropy of scores x (before softmax or sigmoid) against targets.
///
///     softmax:  l_n = - sum_c w_c t_nc log softmax(x_n)_c          t one-hot, or given: (N, K) float
///     sigmoid:  l_nc = - w_c (p_c t_nc log s(x_nc) + (1 - t_nc) log(1 - s(x_nc)))
///     mean:     sum of l over their number, or over avg_factor (not over the sum of class weights, as PyTorch has it)
///
///     CrossEntropyLoss loss({.class_weight = {{1, 2, 1}}});
///     at::Tensor value = loss.forward(scores, labels);
///
/// scores (N, K), any float dtype; half ones are computed in float32. target (N) int64, or (N, K) float (the only form
/// with use_sigmoid and use_soft). A label of -100 is ignored: its row adds 0 to the sum, and counts in the number.
class CrossEntropyLoss final : public Loss {
 public:
  struct Options {
    bool use_sigmoid = false;
    bool use_soft = false;
    Reduction reduction = Reduction::mean;
    double loss_weight = 1.0;
    std::optional<std::vector<double>> class_weight{};
    std::optional<std::vector<double>> pos_weight{};

    template <class Fields>
    static void describe(Fields& f) {
      f("use_sigmoid", &Options::use_sigmoid, "each class is decided by itself");
      f("use_soft", &Options::use_soft, "targets are (N, K) floats");
      f("reduction", &Options::reduction, "of the rows");
      f("loss_weight", &Options::loss_weight, "factor of the loss");
      f("class_weight", &Options::class_weight, "factor of each class");
      f("pos_weight", &Options::pos_weight, "factor of each class where the target is 1, with use_sigmoid");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  CrossEntropyLoss() : CrossEntropyLoss(Options{}) {}
  explicit CrossEntropyLoss(Options options);
  /// class_weight, and pos_weight where it is used, have one number a class.
  void check_classes(int64_t classes) const override;
  using Loss::forward;
  at::Tensor forward(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) override;
  /// The same with targets (1 - smoothing) t + smoothing / K; target (N) int64, softmax.
  at::Tensor smoothed(const at::Tensor& scores, const at::Tensor& target, double smoothing, const Extra& extra) const;

 private:
  at::Tensor softmax_loss(const at::Tensor& scores, const at::Tensor& target, double smoothing,
                          const Extra& extra) const;
  at::Tensor sigmoid_loss(const at::Tensor& scores, const at::Tensor& target, const Extra& extra) const;
  at::Tensor reduce(at::Tensor loss, const Extra& extra) const;
  Options options_;
};

}  // namespace millrace::classification
