#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/hub/message_hub.h"
#include "millrace/optim/clip_grad.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Logs the norm of the gradients, without clipping them.
///
///     custom_hooks = [dict(type='GradNormHook', parts=['backbone', 'head'])]
///
///     grad_norm = (sum |g_i|^p)^(1/p) over the gradients of a step, as in clip_grad
///
/// An optimizer that clips logs grad_norm itself, as it is before; the hook then leaves that to it, and parts are those of
/// clipped gradients. Nothing waits for the device.
///
/// Publishes  train/grad_norm (train/NAME.grad_norm with several optimizers), and train/grad_norm_PART for each part, every
///            `interval`-th step
/// Throws     Error before the training for a part that the model does not have
class GradNormHook final : public Hook {
 public:
  struct Options {
    int64_t interval = 1;
    std::variant<double, ClipNorm::Infinity> norm_type = 2.0;
    std::vector<std::string> parts{};

    template <class Fields>
    static void describe(Fields& f) {
      f("interval", &Options::interval, "steps from one norm to the next").at_least(1);
      f("norm_type", &Options::norm_type, "p of the p-norm, or 'inf'").above(0).may_be_infinite();
      f("parts", &Options::parts, "modules whose norm is logged, too: 'backbone'");
    }
  };
  GradNormHook() : GradNormHook(Options{}) {}
  explicit GradNormHook(Options options);

  void before_train(RunPoint& point) override;
  void before_optim_step(OptimPoint& point) override;

 private:
  struct Whole {
    std::string optim;  // its name
    ScalarId id;
    int64_t steps = 0;
  };
  struct Part {
    ScalarId id;
    std::vector<at::Tensor> params;
  };
  Options options_;
  double p_;
  std::vector<Whole> wholes_;
  std::vector<Part> parts_;
};

}  // namespace millrace
