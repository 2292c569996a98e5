#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "millrace/hub/message_hub.h"
#include "millrace/runner/hook.h"

namespace millrace {

/// Logs how many samples a second the training takes in, those of all ranks together.
///
///     custom_hooks = [dict(type='ThroughputHook', interval=50)]
///
/// The time of validations and between epochs does not count. On a device work is only queued, so a short interval may
/// measure the queue: let it be as long as that of the log, which waits for the device.
///
/// Publishes  train/samples_per_second, every `interval` iterations, over those
class ThroughputHook final : public Hook {
 public:
  struct Options {
    int64_t interval = 10;

    template <class Fields>
    static void describe(Fields& f) {
      f("interval", &Options::interval, "iterations that one figure is measured over").at_least(1);
    }
  };
  ThroughputHook() : ThroughputHook(Options{}) {}
  explicit ThroughputHook(Options options);

  void before_train(RunPoint& point) override;
  void before_train_epoch(RunPoint& point) override;
  void after_train_iter(TrainIter& point) override;
  void after_val_epoch(EvalEnd& point) override;

 private:
  using Clock = std::chrono::steady_clock;
  Options options_;
  std::optional<ScalarId> id_;
  Clock::time_point mark_;
  Clock::duration time_{};  // of the iterations since the last figure
  int64_t rows_ = 0, iters_ = 0;
};

}  // namespace millrace
