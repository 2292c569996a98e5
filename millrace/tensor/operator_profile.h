#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// Records which operators libtorch runs, when, and how long: its profiler (Kineto), from C++.
///
///     OperatorProfile profile({.record_shapes = true});
///     profile.start();
///     train(batch);
///     profile.stop();
///     profile.save("trace.json");          // for chrome://tracing and ui.perfetto.dev
///
/// It sees the operators of the thread that starts it, and of the backward passes that this thread begins. One is active
/// at a time in a thread.
class OperatorProfile {
 public:
  struct Options {
    bool cpu = true;
    bool cuda = false;  // kernels of the GPU
    bool record_shapes = false;
    bool profile_memory = false;
    bool with_stack = false;
    bool with_flops = false;
  };
  /// The operators of one name.
  struct Row {
    std::string name;
    int64_t calls = 0;
    double total_ms = 0;
    double own_ms = 0;  // without the operators that they call
  };

  explicit OperatorProfile(Options options) : options_(options) {}
  ~OperatorProfile();
  OperatorProfile(const OperatorProfile&) = delete;
  OperatorProfile& operator=(const OperatorProfile&) = delete;

  /// Throws Error if a profiler is active, or if libtorch can't make this profile.
  void start();
  void stop();
  bool is_active() const { return is_active_; }

  /// Writes the trace in the format of Chrome: once for each stop(). Throws Error if the file can't be written, and if
  /// libtorch was built without Kineto.
  void save(const std::string& path);
  /// Those that took the most time of their own first.
  std::vector<Row> rows() const;

 private:
  struct Result;
  Options options_;
  bool is_active_ = false;
  std::shared_ptr<Result> result_;
};

}  // namespace millrace
