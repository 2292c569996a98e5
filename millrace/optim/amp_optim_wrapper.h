#pragma once

#include <optional>

#include "millrace/optim/optim_wrapper.h"

namespace millrace {

/// An OptimWrapper for mixed precision: the loop opens autocast with its dtype, and the loss is scaled.
///
///     optim_wrapper=dict(type='AmpOptimWrapper', dtype='bfloat16', optimizer=dict(type='SGD', lr=0.1))
class AmpOptimWrapper final : public OptimWrapper {
 public:
  enum class Dtype { float16, bfloat16, float32 };
  struct Options {
    OptimWrapper::Options common;
    std::optional<LossScale> loss_scale;
    std::optional<Dtype> dtype;

    template <class Fields>
    static void describe(Fields& f) {
      f.flatten(&Options::common);  // optimizer, accumulative_counts, clip_grad, paramwise_cfg
      f("loss_scale", &Options::loss_scale,
        "'dynamic', a number, or options of a dynamic one; None: dynamic for fp16, else none")
          .above(0);
      f("dtype", &Options::dtype, "of forward passes; None: the half precision of the device");
      f.ignore("use_fsdp", "a setting of distributed training");
    }
  };

  AmpOptimWrapper(const ModuleView& model, Options options);
  /// Without a `dtype` the precision is fp16; supported_precision() gives what the device can do.
  static Facts facts_of(const Options& options);
};

}  // namespace millrace
