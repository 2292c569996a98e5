#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "millrace/runner/hook.h"
#include "millrace/tensor/operator_profile.h"

namespace millrace {

/// Records which operators a training runs and how long they take, by libtorch's profiler.
///
///     custom_hooks = [dict(type='ProfilerHook', by_epoch=False, profile_times=20,
///                          schedule=dict(wait=5, warmup=5, active=10), on_trace_ready=dict(type='log_trace'))]
///
/// From the beginning of the training it records `profile_times` iterations, or the first epoch. With a `schedule` it
/// waits, warms up and records in cycles of iterations, and each cycle is a profile of its own.
///
/// A profile becomes a table in the log (log_trace), a file for TensorBoard's profiler (tb_trace), or a trace at
/// `json_trace_path`; without any of them a trace in the run folder, trace.json. Traces open in chrome://tracing and
/// ui.perfetto.dev. The second file of a run is named trace_2.json.
///
/// Recording costs time, and memory for each operator: record few iterations.
///
/// Throws Error before the training if profile_times is more than its epochs (iterations), and if libtorch was built
/// without Kineto, which writes traces.
class ProfilerHook final : public Hook {
 public:
  /// As torch.profiler.schedule: in iterations; repeat=0 goes on to the end.
  struct Schedule {
    Required<int64_t> wait;
    Required<int64_t> warmup;
    Required<int64_t> active;
    int64_t repeat = 0;
    int64_t skip_first = 0;

    template <class Fields>
    static void describe(Fields& f) {
      f("wait", &Schedule::wait, "iterations of a cycle that pass by").at_least(0);
      f("warmup", &Schedule::warmup, "iterations in which the profiler starts, and nothing is kept").at_least(0);
      f("active", &Schedule::active, "iterations that are recorded").at_least(1);
      f("repeat", &Schedule::repeat, "cycles; 0: to the end").at_least(0);
      f("skip_first", &Schedule::skip_first, "iterations before the first cycle").at_least(0);
    }
  };
  enum class TraceType { log_trace, tb_trace };
  struct TraceReady {
    Required<TraceType> type;
    int64_t row_limit = -1;
    std::optional<std::string> dir_name;

    template <class Fields>
    static void describe(Fields& f) {
      f("type", &TraceReady::type, "log_trace: a table in the log; tb_trace: a file for TensorBoard's profiler");
      f("row_limit", &TraceReady::row_limit, "of log_trace: operators in the table; -1: all");
      f("dir_name", &TraceReady::dir_name, "of tb_trace: its folder; None: tf_tracing_logs in the run folder");
      f.ignore("sort_by", "the table is sorted by the operators' own time");
      f.ignore("worker_name", "files are named after the run folder");
      f.ignore("use_gzip", "files are plain JSON");
    }
  };
  struct Options {
    bool by_epoch = true;
    int64_t profile_times = 1;
    bool activity_with_cpu = true;
    bool activity_with_cuda = false;
    std::optional<Schedule> schedule;
    std::optional<TraceReady> on_trace_ready;
    std::optional<std::string> json_trace_path;
    bool record_shapes = false;
    bool profile_memory = false;
    bool with_stack = false;
    bool with_flops = false;

    template <class Fields>
    static void describe(Fields& f) {
      f("by_epoch", &Options::by_epoch, "profile_times counts epochs, or else iterations");
      f("profile_times", &Options::profile_times, "epochs (only 1) or iterations from the beginning").at_least(1);
      f("activity_with_cpu", &Options::activity_with_cpu, "record operators on the CPU");
      f("activity_with_cuda", &Options::activity_with_cuda, "record kernels of the GPU");
      f("schedule", &Options::schedule, "cycles of waiting, warming up and recording; None: all is recorded");
      f("on_trace_ready", &Options::on_trace_ready, "a dict of the type log_trace or tb_trace");
      f("json_trace_path", &Options::json_trace_path, "file of the trace");
      f("record_shapes", &Options::record_shapes, "shapes of the operators' inputs");
      f("profile_memory", &Options::profile_memory, "tensor memory that is taken and given back");
      f("with_stack", &Options::with_stack, "the TorchScript lines that call operators");
      f("with_flops", &Options::with_flops, "estimated floating-point operations, of matrix products and convolutions");
    }
  };
  static void check(const Options& options, Complaints& complaints);
  ProfilerHook() : ProfilerHook(Options{}) {}
  explicit ProfilerHook(Options options);
  int default_priority() const override { return kVeryLow; }

  void before_train(RunPoint& point) override;
  void before_train_iter(TrainIter& point) override;
  void after_train_iter(TrainIter& point) override;
  void after_train_epoch(RunPoint& point) override;
  void after_train(RunPoint& point) override;
  void on_exception(ExceptionPoint& point) override;

 private:
  enum class Phase { pass, record, last };
  Phase phase() const;
  void end_profile(Runner& runner);
  std::string trace_file(const std::string& path) const;

  Options options_;
  OperatorProfile profile_;
  bool is_over_ = true;
  int64_t iters_ = 0;     // since it began
  int64_t profiles_ = 0;  // that are written
};

}  // namespace millrace
