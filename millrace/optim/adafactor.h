#pragma once

#include <optional>
#include <utility>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

struct TorchAdafactorOptions {
  double lr = 1e-2;
  double beta2_decay = -0.8;
  std::pair<std::optional<double>, double> eps = {std::nullopt, 1e-3};
  double d = 1;
  double weight_decay = 0;
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = TorchAdafactorOptions;
    f("lr", &O::lr, "the largest step relative to a parameter").at_least(0);
    f("beta2_decay", &O::beta2_decay, "power of t with which new squares count less").at_most(0);
    f("eps", &O::eps, "least size of a gradient (None: the dtype's epsilon), and of a parameter");
    f("d", &O::d, "root mean square above which a step is scaled down").at_least(1);
    f("weight_decay", &O::weight_decay, "pull towards zero, outside the gradient").at_least(0);
    f.ignore("foreach", "only how it is computed");
    f("maximize", &O::maximize, "climb instead of descend");
  }
};

/// Adafactor (Shazeer and Stern 2018, arXiv 1804.04235) in PyTorch's form; MMEngine calls torch.optim.Adafactor
/// TorchAdafactor. With t = 1, 2, … the step of a parameter, a = t^beta2_decay and rms the root of a mean of squares:
///
///     alpha = max(eps[1], rms(p)) min(lr, 1 / sqrt(t))
///     p <- p (1 - lr weight_decay)
///     matrices:  R <- R + a (mean over columns of g^2 - R),  C <- C + a (mean over rows of g^2 - C)
///                V = R C / max(mean of R, eps[0])
///     vectors:   V <- V + a (g^2 - V)
///     u = g / sqrt(max(V, eps[0]^2))
///     p <- p - alpha u / max(1, rms(u) / d)
///
/// A parameter of more than two dimensions is many matrices, of its last two. R and C, and not V, are kept: a matrix
/// needs memory for its rows and columns alone.
class TorchAdafactor final : public ElementWiseOptimizer<TorchAdafactorOptions> {
 public:
  TorchAdafactor(std::vector<ParamGroup> groups, const Options& options);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
