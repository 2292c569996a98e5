#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "millrace/optim/optimizer_with.h"

namespace millrace {

struct LBFGSOptions {
  enum class LineSearch { strong_wolfe };
  double lr = 1;
  int64_t max_iter = 20;
  std::optional<int64_t> max_eval;
  double tolerance_grad = 1e-7;
  double tolerance_change = 1e-9;
  int64_t history_size = 100;
  std::optional<LineSearch> line_search_fn;

  template <class Fields>
  static void describe(Fields& f) {
    using O = LBFGSOptions;
    f("lr", &O::lr, "length of a step along the direction; with a line search its first try").at_least(0);
    f("max_iter", &O::max_iter, "the most directions per step").at_least(1);
    f("max_eval", &O::max_eval, "the most evaluations of the loss per step; None: 1.25 max_iter").at_least(1);
    f("tolerance_grad", &O::tolerance_grad, "a step ends when no element of the gradient is above it");
    f("tolerance_change", &O::tolerance_change, "a step ends when neither the loss nor a weight changes by more");
    f("history_size", &O::history_size, "changes of the gradient that are remembered").at_least(1);
    f("line_search_fn", &O::line_search_fn, "how the length of a step is found; None: lr is the length");
  }
};

/// Limited-memory BFGS (Liu and Nocedal 1989; Nocedal and Wright 2006, algorithm 7.4), in PyTorch's form: up to
/// max_iter times a step, d = -H g with H from the last history_size changes of gradient and weights, then p <- p + t
/// d.
///
/// It evaluates the loss several times per step, so it needs a closure: `optims.only().step(closure)`, as in
/// BaseModel's train_step. All parameters form one vector, with one device and dtype; it refuses settings by parameter.
/// It works best if each evaluation sees the same data and batches have little noise.
class LBFGS final : public OptimizerWith<LBFGSOptions> {
 public:
  LBFGS(std::vector<ParamGroup> groups, const Options& options);

  void step() override;
  at::Tensor step(const Closure& closure) override;
  static Facts facts_of(const Options& options);

 private:
  struct Value {
    double loss;
    at::Tensor grad;  // (N), of all parameters
  };
  State own_state() const override;
  void load_own_state(const State& state) override;

  struct Memory {
    int64_t func_evals = 0, n_iter = 0;
    at::Tensor d, prev_grad;  // (N)
    double t = 0, h_diag = 1, prev_loss = 0;
    std::vector<at::Tensor> old_dirs, old_stps;  // changes of the gradient and of the weights, the oldest first
    std::vector<double> ro;
  };
  Memory memory_of(const State& state) const;

  Value evaluate(const Closure& closure);
  at::Tensor flat_grad() const;
  at::Tensor direction(const at::Tensor& grad, int64_t history_size);
  Value search(const Closure& closure, const Value& here, double slope, int64_t most, int64_t& evaluations);
  void move(const at::Tensor& direction, double t);

  Memory memory_;
};

}  // namespace millrace
