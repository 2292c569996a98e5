#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "millrace/registry/complaints.h"
#include "millrace/registry/registry.h"
#include "millrace/runner/eval_losses.h"
#include "millrace/runner/hook_points.h"
#include "millrace/structures/metric_map.h"
#include "millrace/tensor/precision.h"

namespace millrace {

class Batch;
class Evaluator;
class Runner;

/// Runs the network over a dataset once and evaluates its predictions: the validation of a training, or a test. A
/// validation then goes over each of val_sets.
class EvalLoop {
 public:
  struct Options {
    bool fp16 = false;
    std::optional<Precision> precision;
    bool losses = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("fp16", &Options::fp16, "run under autocast in half precision (bf16 on a CPU)");
      f("precision", &Options::precision, "of its forward passes: fp32, bf16 or fp16; None: the run's");
      f("losses", &Options::losses, "also give the losses of the model, and val_loss (test_loss), their sum");
    }
    static void check(const Options& options, Complaints& complaints) {
      if (options.fp16 && options.precision == Precision::fp32)
        complaints.add("fp16", "fp16=True and precision='fp32' contradict each other");
    }
  };
  /// What is known before it is built.
  struct Facts {
    bool gives_losses = false;
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
  /// Whether it gives the model's losses, too.
  bool gives_losses() const { return options_.losses; }

 protected:
  EvalLoop(Runner& runner, Options options) : runner_(runner), options_(options) {}
  /// One pass: the hooks and the model's step are those of `mode`, which is val or test.
  template <Mode mode>
  MetricMap run_once();
  /// What metrics wrote in evaluate().
  void log_files_of(const Evaluator& evaluator) const;

  Runner& runner_;
  Options options_;

 private:
  /// False if it was stopped before its end.
  template <Mode mode>
  bool run_pass();
  template <Mode mode>
  void step(Batch& batch);
  template <Mode mode>
  MetricMap figures();
  std::optional<MetricMap> figures_of_sets();

  EvalLosses losses_;
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
  static Facts facts_of(const Options& options) { return {options.losses}; }
  ValLoop(Runner& runner, Options options);
  MetricMap run() override;
};

class TestLoop : public EvalLoop {
 public:
  static constexpr const char* kKind = "TestLoop";
  using Registry = millrace::Registry<TestLoop, Runner&>;
  static BoundComponent bind_config(const Value& config, Binder& binder) {
    return bind_component(kKind, config, binder, "TestLoop");
  }
  static Facts facts_of(const Options& options) { return {options.losses}; }
  TestLoop(Runner& runner, Options options);
  MetricMap run() override;
};

}  // namespace millrace
