#pragma once

#include <optional>
#include <tuple>
#include <utility>

#include "millrace/optim/optimizer_with.h"

namespace millrace {

/// What Muon's parameters get that are no matrices.
struct MuonAdamWOptions {
  double lr = 1e-3;
  std::pair<double, double> betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0.01;

  template <class Fields>
  static void describe(Fields& f) {
    using O = MuonAdamWOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("betas", &O::betas, "how much of the means of gradients and of their squares is kept").at_least(0).below(1);
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, outside the gradient").at_least(0);
  }
};

struct MuonOptions {
  enum class AdjustLr { original, match_rms_adamw };
  double lr = 1e-3;
  double weight_decay = 0.1;
  double momentum = 0.95;
  bool nesterov = true;
  std::tuple<double, double, double> ns_coefficients = {3.4445, -4.775, 2.0315};
  double eps = 1e-7;
  int64_t ns_steps = 5;
  std::optional<AdjustLr> adjust_lr_fn;
  bool use_muon = true;
  MuonAdamWOptions adamw{};

  template <class Fields>
  static void describe(Fields& f) {
    using O = MuonOptions;
    f("lr", &O::lr, "learning rate of the matrices").at_least(0);
    f("weight_decay", &O::weight_decay, "pull of the matrices towards zero").at_least(0);
    f("momentum", &O::momentum, "share of the mean gradient that is kept").at_least(0);
    f("nesterov", &O::nesterov, "look ahead along the momentum");
    f("ns_coefficients", &O::ns_coefficients, "a, b and c of the iteration a X + (b A + c A A) X");
    f("eps", &O::eps, "the least norm by which a matrix is divided").above(0);
    f("ns_steps", &O::ns_steps, "iterations").within(0, 99);
    f("adjust_lr_fn", &O::adjust_lr_fn, "how lr depends on the shape; None: original");
    f("use_muon", &O::use_muon, "False, in custom_keys: these matrices by AdamW too (embeddings, heads)");
    f("adamw", &O::adamw, "settings of AdamW, for all that is no matrix");
  }
};

/// Muon (Jordan et al. 2024) in PyTorch's form for parameters of two dimensions, and AdamW for all others:
///
///     b <- momentum b + (1 - momentum) g
///     h = (1 - momentum) g + momentum b,   without nesterov: b
///     X = h / max(|h|, eps), transposed if it has more rows than columns
///     ns_steps times:  A = X X^T,  X <- a X + (b A + c A A) X;   then transposed back
///     p <- p (1 - lr weight_decay) - lr f X,  f = sqrt(max(1, rows / columns)), or with match_rms_adamw
///          0.2 sqrt(max(rows, columns))
///
///     optimizer=dict(type='Muon', lr=0.02, adamw=dict(lr=0.002, betas=(0.9, 0.95)))
///
/// The iteration runs in bfloat16, as PyTorch's does, and in float64 for float64 parameters. Each group of parameters is
/// two groups: its matrices, then the others, whose lr and weight_decay are those of `adamw`. Schedules act on both.
/// Factors by parameter (lr_mult, decay_mult) hold for both; decay_mult needs a weight_decay above 0.
class Muon final : public OptimizerWith<MuonOptions> {
 public:
  Muon(std::vector<ParamGroup> groups, const Options& options);

 private:
  bool keeps(const Options& options, size_t column) const override;
  bool fuses(const Options& options) const override;
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
