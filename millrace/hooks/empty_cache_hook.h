#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// Gives the memory that libtorch keeps of the device for later tensors back to it, for other processes. It makes the
/// next tensors slower, and is of no use on a CPU.
///
///     custom_hooks = [dict(type='EmptyCacheHook', after_iter=True)]
class EmptyCacheHook final : public Hook {
 public:
  struct Options {
    bool before_epoch = false;
    bool after_epoch = true;
    bool after_iter = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("before_epoch", &Options::before_epoch, "before each epoch, validation and test");
      f("after_epoch", &Options::after_epoch, "after each epoch, validation and test");
      f("after_iter", &Options::after_iter, "after each batch of them");
    }
  };
  EmptyCacheHook() : EmptyCacheHook(Options{}) {}
  explicit EmptyCacheHook(Options options);

  void before_epoch(EpochPoint& point) override;
  void after_epoch(EpochPoint& point) override;
  void after_iter(IterPoint& point) override;

 private:
  Options options_;
};

}  // namespace millrace
