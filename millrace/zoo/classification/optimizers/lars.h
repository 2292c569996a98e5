#pragma once

#include "millrace/optim/kernels/step_elements.h"
#include "millrace/registry/complaints.h"

namespace millrace::classification {

struct LARSOptions {
  Required<double> lr;
  double momentum = 0;
  double weight_decay = 0;
  double dampening = 0;
  double eta = 0.001;
  bool nesterov = false;
  double eps = 1e-8;
  bool lars_exclude = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = LARSOptions;
    f("lr", &O::lr, "learning rate").at_least(0);
    f("momentum", &O::momentum, "share of the last step that is kept").at_least(0);
    f("weight_decay", &O::weight_decay, "pull towards zero, as a part of the gradient").at_least(0);
    f("dampening", &O::dampening, "share of the new step that momentum leaves out");
    f("eta", &O::eta, "the length of a step as a share of its parameter, at lr 1").at_least(0);
    f("nesterov", &O::nesterov, "look ahead by the momentum; needs momentum and no dampening");
    f("eps", &O::eps, "added to the divisor").at_least(0);
    f("lars_exclude", &O::lars_exclude, "True, in custom_keys: SGD's step for these parameters (biases, norms)");
  }
};

/// LARS (You et al. 2017, arXiv 1708.03888) in mmpretrain's form; |·| is the norm of one parameter:
///
///     q = eta |p| / (|g| + weight_decay |p| + eps), or 1 where |p| or |g| is 0, or with lars_exclude
///     s = lr q (g + weight_decay p)
///     b <- momentum b + (1 - dampening) s, the first time b = s
///     p <- p - b,   nesterov: p <- p - (s + momentum b)
///
/// The rate is a part of the buffer b, so a change of lr reaches a step's momentum gradually. timm's form is Lars.
class LARS final : public ElementWiseOptimizer<LARSOptions> {
 public:
  LARS(std::vector<ParamGroup> groups, const Options& options);
  static void check(const Options& options, Complaints& complaints);

 private:
  bool keeps(const Options& options, size_t column) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace::classification
