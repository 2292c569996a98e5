#pragma once

#include <ATen/ops/zeros_like.h>

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/optim/optimizer.h"

namespace millrace {

/// The base of an optimizer, which has Options, the names of its state, and one function that updates a bucket of
/// parameters.
///
///     struct SignDescentOptions { double lr = 1e-3; template <class Fields> static void describe(Fields& f) {…} };
///
///     class SignDescent final : public OptimizerWith<SignDescentOptions> {
///      public:
///       SignDescent(std::vector<ParamGroup> groups, const Options& options)
///           : OptimizerWith(std::move(groups), of<SignDescent>(options), {}) {}
///
///      private:
///       void step_bucket(const Options& options, Bucket& bucket) override {
///         for (size_t i = 0; i < bucket.params.size(); ++i)
///           bucket.params[i].add_(bucket.grads[i].sign(), -options.lr);
///       }
///     };
///     MILLRACE_REGISTER(Optimizer, SignDescent);
///
/// Each group can have its own value of each option. The functions get the Options of the group, after schedules and
/// paramwise rules. The first number is lr. All functions are called in no-grad mode.
template <class O>
class OptimizerWith : public Optimizer {
 public:
  using Options = O;

 protected:
  struct Part {
    Options& options;  // a rule that learns a setting (D-Adaptation's d) writes it here; files keep it with the group
    Bucket& bucket;
  };

  /// `columns` are the names of the state in files.
  OptimizerWith(std::vector<ParamGroup> groups, const Defaults& defaults, std::vector<std::string> columns)
      : Optimizer(std::move(groups), defaults, std::move(columns)) {}
  /// Throws Error if the options are wrong.
  template <class T>
  static Defaults of(const Options& options) {
    return {&schema_of<T>(), [options = checked<T>(options)] { return std::make_shared<Options>(options); },
            [](const void* one) { checked<T>(*static_cast<const Options*>(one)); }, facts_of_rule<T>(options)};
  }

  /// Whether a column of the state is used with these settings.
  virtual bool keeps(const Options&, size_t column) const { return true; }
  /// Whether libtorch's fused kernels may do the parameters that they support.
  virtual bool fuses(const Options&) const { return false; }
  /// The initial state: zeros like the parameter, unless overridden; undefined for a parameter without this column.
  virtual at::Tensor make_state(const Options&, size_t column, const at::Tensor& param) const {
    return at::zeros_like(param);
  }
  virtual void step_bucket(const Options&, Bucket&) {
    MILLRACE_ASSERT(false, "an optimizer overrides step_bucket or step_all");
  }
  /// For a rule that needs all parameters at once: it gets all buckets of the step in one call.
  virtual void step_all(std::span<const Part> parts) {
    for (const Part& part : parts) step_bucket(part.options, part.bucket);
  }

 private:
  template <class T>
  static Facts facts_of_rule(const Options& options) {
    if constexpr (requires { T::facts_of(options); }) return T::facts_of(options);
    else return {};
  }
  bool keeps_column(const ParamGroup& group, size_t column) const final {
    return keeps(group.settings.as<Options>(), column);
  }
  bool wants_fused(const ParamGroup& group) const final { return fuses(group.settings.as<Options>()); }
  at::Tensor make_column(const ParamGroup& group, size_t column, const at::Tensor& param) const final {
    return make_state(group.settings.as<Options>(), column, param);
  }
  void step_shares(std::span<const Share> shares) final {
    parts_.clear();
    for (const Share& share : shares) parts_.push_back({share.group->settings.as<Options>(), *share.bucket});
    step_all(parts_);
  }

  std::vector<Part> parts_;  // of the current step; kept to reuse its memory
};

}  // namespace millrace
