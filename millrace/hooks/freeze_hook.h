#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "millrace/runner/hook.h"

namespace torch::nn {
class Module;
}

namespace millrace {

/// Keeps parts of the network as they are, for the whole training or its first part.
///
///     custom_hooks = [dict(type='FreezeHook', paths=['backbone.conv1', 'backbone.layer1'], until_epoch=5)]
///
/// A path names a module, with all below it, or a parameter. Its parameters get no gradient, so that no optimizer moves
/// them, not by weight decay either, and no time is spent on them. Batch norms below it are in evaluation mode: they
/// normalise with their running statistics, and these stay. From `until_epoch` (`until_iter`) on, counted from 0, all of
/// it trains as it would have from the beginning; parameters that were frozen without this hook stay so.
///
/// It depends only on the position of the training, so a resume needs no state of it.
///
/// Throws Error before the training for a path that the model does not have, and if nothing is left to train.
class FreezeHook final : public Hook {
 public:
  struct Options {
    Required<OneOrMany<std::string>> paths;
    std::optional<int64_t> until_epoch;
    std::optional<int64_t> until_iter;
    bool batch_norm = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("paths", &Options::paths, "modules or parameters: 'backbone.layer1'");
      f("until_epoch", &Options::until_epoch, "the first epoch (from 0) in which they train; None: no epoch")
          .at_least(1);
      f("until_iter", &Options::until_iter, "the first iteration (from 0) in which they train; None: no iteration")
          .at_least(1);
      f("batch_norm", &Options::batch_norm, "keep the statistics of batch norms below the paths, too");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  explicit FreezeHook(Options options);
  int default_priority() const override { return kVeryHigh; }

  void before_train(RunPoint& point) override;
  void before_train_iter(TrainIter& point) override;

 private:
  bool is_over(const Runner& runner) const;
  void thaw(Runner& runner);

  Options options_;
  bool is_frozen_ = false;
  std::vector<at::Tensor> params_;         // that it has frozen
  std::vector<torch::nn::Module*> norms_;  // that it holds in evaluation mode; of the model
};

}  // namespace millrace
