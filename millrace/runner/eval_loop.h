#pragma once

#include <cstdint>

#include "millrace/registry/registry.h"
#include "millrace/runner/hook_points.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

class Runner;
enum class Precision;

/// Runs the network over a dataset once and evaluates its predictions: the validation of a training, or a test.
class EvalLoop {
 public:
  struct Options {
    bool fp16 = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("fp16", &Options::fp16, "run under autocast in half precision (bf16 on a CPU)");
    }
  };

  virtual ~EvalLoop() = default;
  /// The metrics; empty if a signal or a cancel came before the end.
  virtual MetricMap run() = 0;
  /// run() within another loop, as a hook asks for it: saves that it brings about are left to that loop. Throws Error if
  /// this one runs already.
  MetricMap run_within();
  /// Whether the last run() was stopped before its end, on this rank or another.
  bool interrupted() const { return interrupted_; }
  /// Of its forward passes.
  Precision precision() const;

 protected:
  EvalLoop(Runner& runner, Options options) : runner_(runner), options_(options) {}
  /// One pass: the hooks and the model's step are those of `mode`, which is val or test.
  template <Mode mode>
  MetricMap run_once();

  Runner& runner_;
  Options options_;

 private:
  bool interrupted_ = false;
  bool is_running_ = false;
  bool is_within_ = false;
};

class ValLoop : public EvalLoop {
 public:
  static constexpr const char* kKind = "ValLoop";
  using Registry = millrace::Registry<ValLoop, Runner&>;
  static BoundComponent bind_config(const Value& config, Binder& binder) {
    return bind_component(kKind, config, binder, "ValLoop");
  }
  ValLoop(Runner& runner, Options options) : EvalLoop(runner, options) {}
  MetricMap run() override;
};

class TestLoop : public EvalLoop {
 public:
  static constexpr const char* kKind = "TestLoop";
  using Registry = millrace::Registry<TestLoop, Runner&>;
  static BoundComponent bind_config(const Value& config, Binder& binder) {
    return bind_component(kKind, config, binder, "TestLoop");
  }
  TestLoop(Runner& runner, Options options) : EvalLoop(runner, options) {}
  MetricMap run() override;
};

}  // namespace millrace
