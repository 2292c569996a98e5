#pragma once

#include <utility>

#include "millrace/optim/kernels/step_elements.h"
#include "millrace/registry/complaints.h"

namespace millrace {

struct RpropOptions {
  double lr = 1e-2;
  std::pair<double, double> etas = {0.5, 1.2};
  std::pair<double, double> step_sizes = {1e-6, 50};
  bool maximize = false;

  template <class Fields>
  static void describe(Fields& f) {
    using O = RpropOptions;
    f("lr", &O::lr, "the first step of every element").at_least(0);
    f("etas", &O::etas, "factors on the step of an element: after a change of sign, and without one").above(0);
    f("step_sizes", &O::step_sizes, "the smallest and the largest step").at_least(0);
    f.ignore("foreach", "only how it is computed");
    f("maximize", &O::maximize, "climb instead of descend");
    f.ignore("differentiable", "steps are not differentiated", false);
    f.ignore("capturable", "for CUDA graphs", false);
  }
};

/// Rprop (Riedmiller and Braun 1993) in PyTorch's form, for gradients of all data. Each element has a step d, lr at
/// first; g' is the gradient before:
///
///     d <- d etas[0],  g <- 0     if g g' < 0
///     d <- d etas[1]              if g g' > 0
///     d <- d within step_sizes,   p <- p - d sign(g),   g' <- g
///
/// A schedule of lr changes nothing after the first step.
class Rprop final : public ElementWiseOptimizer<RpropOptions> {
 public:
  Rprop(std::vector<ParamGroup> groups, const Options& options);
  static void check(const Options& options, Complaints& complaints);

 private:
  at::Tensor make_state(const Options& options, size_t column, const at::Tensor& param) const override;
  void step_bucket(const Options& options, Bucket& bucket) override;
};

}  // namespace millrace
