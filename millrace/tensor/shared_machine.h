#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "millrace/base/neighbours.h"

namespace millrace {

/// Watches whether other processes take the processors on which operators run. While they do, threads that wait for
/// each other sleep sooner (ShortWaits): beside one busy process on two processors, this makes a step up to twice as
/// fast (bench/shared_machine). Results stay the same, bit for bit.
///
/// It looks twice a second, on a thread of its own; an iteration costs nothing.
class SharedMachine {
 public:
  using Load = std::function<std::optional<CpuLoad>()>;
  explicit SharedMachine(Load load = cpu_load, std::chrono::milliseconds interval = std::chrono::milliseconds(500));
  ~SharedMachine();
  SharedMachine(const SharedMachine&) = delete;
  SharedMachine& operator=(const SharedMachine&) = delete;

  /// Watches from here on, for operators with this many threads. Does nothing where the load is not known.
  void start(int threads);
  /// Ends that. What was seen is kept.
  void stop();

  /// What other processes took.
  struct Neighbours {
    double processors = 0;  // on the average over that time
    double seconds = 0;
  };
  /// nullopt if there was never a neighbour.
  std::optional<Neighbours> neighbours() const;
  /// A sentence for the log: once, when neighbours have been there for ten seconds in all; "" otherwise.
  std::string take_news();

 private:
  void watch(int threads, CpuLoad before);

  Load load_;
  std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  bool is_over_ = false, news_are_taken_ = false;
  double seconds_ = 0, processor_seconds_ = 0;
  int threads_ = 0;
  std::thread watcher_;
};

}  // namespace millrace
