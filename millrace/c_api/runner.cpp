#include "millrace/c_api/runner.h"

#include <chrono>
#include <condition_variable>
#include <optional>
#include <thread>

#include "millrace/c_api/boundary.h"
#include "millrace/cli/embedded.h"

namespace millrace::c_api {
namespace {

void end_runs_with_program();

/// The run of a handle. At most one call works with `run_` at a time: the one that has set `is_busy_`.
class HeldRun {
 public:
  explicit HeldRun(std::unique_ptr<EmbeddedRun> run) : run_(std::move(run)) { listen(); }
  ~HeldRun() {
    if (is_busy_) abandon();
    else if (thread_.joinable()) thread_.join();
  }
  HeldRun(const HeldRun&) = delete;
  HeldRun& operator=(const HeldRun&) = delete;

  /// Runs `body` while no other call has the run.
  void alone(const std::function<void(EmbeddedRun&)>& body) {
    begin();
    const Ending ending{*this};
    body(*run_);
  }
  /// The body of a training or evaluation, which may be cancelled.
  void work(const std::function<bool(EmbeddedRun&)>& body) {
    begin();
    const Ending ending{*this};
    work_now(body);
  }
  void start() {
    begin();
    Ending ending{*this};
    if (thread_.joinable()) thread_.join();
    {
      const std::lock_guard lock(mutex_);
      worker_ = {};
      was_started_ = true;
    }
    thread_ = std::thread([this] {
      {
        const std::lock_guard lock(mutex_);
        worker_ = std::this_thread::get_id();
      }
      const millrace_status status =
          guarded(MILLRACE_DATA, [&] { work_now([](EmbeddedRun& run) { return run.train(); }); });
      const std::string text = status == MILLRACE_OK ? "" : millrace_last_error();
      const std::lock_guard lock(mutex_);
      ended_ = {status, text};
      is_busy_ = false;
      changed_.notify_all();
    });
    ending.run = nullptr;  // the thread ends it
  }
  /// Throws what the training ended with.
  void wait(double seconds) {
    std::unique_lock lock(mutex_);
    refuse_worker("can't wait for itself");
    if (!was_started_) throw Refused(MILLRACE_BUSY, "no training was started: call millrace_runner_start first");
    const auto is_over = [&] { return !is_busy_; };
    if (seconds < 0 || seconds > 1e8) changed_.wait(lock, is_over);
    else if (!changed_.wait_for(lock, std::chrono::duration<double>(seconds), is_over))
      throw Refused(MILLRACE_TIMEOUT, "the training still runs");
    if (ended_.first != MILLRACE_OK) throw Refused(ended_.first, ended_.second);
  }
  bool is_busy() const {
    const std::lock_guard lock(mutex_);
    return is_busy_;
  }
  void cancel() {
    const std::lock_guard lock(mutex_);
    if (is_busy_) run_->control().stop();
  }
  void close() {
    {
      const std::lock_guard lock(mutex_);
      refuse_worker("can't be closed from its own callback");
    }
    cancel();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !is_busy_; });
    is_closed_ = true;
  }

  /// close() at the end of the program; a callback of the run may have ended it.
  void end() noexcept {
    try {
      close();
    } catch (const Refused&) {  // in the callback: the run is left as it is
    }
  }

  void set_progress(millrace_progress_callback callback, void* user, int64_t interval) {
    alone([&](EmbeddedRun&) {
      progress_ = callback, progress_user_ = user, interval_ = interval;
      listen();
    });
  }
  void set_log(millrace_log_callback callback, void* user, int32_t level) {
    alone([&](EmbeddedRun&) {
      log_ = callback, log_user_ = user, log_level_ = level;
      listen();
    });
  }
  const std::vector<std::pair<std::string, double>>& metrics() const { return metrics_; }

 private:
  struct Ending {
    HeldRun& of;
    HeldRun* run = &of;
    ~Ending() {
      if (!run) return;
      const std::lock_guard lock(run->mutex_);
      run->is_busy_ = false;
      run->changed_.notify_all();
    }
  };

  void begin() {
    const std::lock_guard lock(mutex_);
    if (is_closed_) throw Refused(MILLRACE_INVALID_ARGUMENT, "the runner was closed");
    if (is_busy_) throw Refused(MILLRACE_BUSY, "the runner is in use: a training, an evaluation or another call runs");
    run_->control().stop(0);  // a cancel that came when nothing ran
    is_busy_ = true;
    worker_ = std::this_thread::get_id();
  }
  void refuse_worker(const char* what) const {
    if (is_busy_ && worker_ == std::this_thread::get_id()) throw Refused(MILLRACE_BUSY, std::string("a run ") + what);
  }
  void work_now(const std::function<bool(EmbeddedRun&)>& body) {
    const bool is_whole = body(*run_);
    metrics_ = run_->metrics();
    if (!is_whole) throw Refused(MILLRACE_CANCELLED, "cancelled: the state of the run is kept");
  }
  void listen() {
    RunListener listener{.interval = interval_, .settled = end_runs_with_program};
    if (progress_)
      listener.report = [this](const RunReport& report) {
        std::vector<const char*> names;
        std::vector<double> values;
        for (const auto& [name, value] : report.values) names.push_back(name), values.push_back(value);
        const millrace_progress progress{static_cast<int32_t>(report.mode),
                                         static_cast<int32_t>(names.size()),
                                         report.epoch,
                                         report.max_epochs,
                                         report.iter,
                                         report.max_iters,
                                         names.data(),
                                         values.data()};
        return progress_(&progress, progress_user_) == 0;
      };
    if (log_)
      listener.log = [this](LogLevel level, std::string_view text) {
        if (static_cast<int32_t>(level) >= log_level_)
          log_(static_cast<int32_t>(level), text.data(), static_cast<int64_t>(text.size()), log_user_);
      };
    run_->listen(std::move(listener));
  }
  /// The program ends within the run: what works on this thread's stack can't be taken down.
  void abandon() {
    if (thread_.joinable()) thread_.detach();
    static_cast<void>(run_.release());
  }

  std::unique_ptr<EmbeddedRun> run_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool is_busy_ = false, is_closed_ = false, was_started_ = false;
  std::thread::id worker_;  // of the call that has the run
  std::thread thread_;
  std::pair<millrace_status, std::string> ended_{MILLRACE_OK, ""};
  std::vector<std::pair<std::string, double>> metrics_;
  millrace_progress_callback progress_ = nullptr;
  void* progress_user_ = nullptr;
  int64_t interval_ = 1;
  millrace_log_callback log_ = nullptr;
  void* log_user_ = nullptr;
  int32_t log_level_ = 0;
};

Handles<millrace_runner, HeldRun>& runners() {
  static Handles<millrace_runner, HeldRun> handles("runner");
  return handles;
}

/// A program may end while a run trains: the run ends first, since the libraries that it uses go away after this.
void end_runs() noexcept {
  for (const auto& run : runners().take_all()) run->end();
}

void end_runs_with_program() { at_end_of_program(end_runs); }

const EmbeddedEngine& loaded_engine() {
  try {
    return embedded_engine();
  } catch (const Error& error) {
    throw Refused(MILLRACE_UNAVAILABLE, error.what());
  }
}

void open_run(EmbeddedRunRequest request, const char* const* overrides, int64_t count, const char* work_dir,
              millrace_runner** out) {
  request.overrides = texts_of(overrides, count);
  if (work_dir) request.work_dir = work_dir;
  auto run = std::make_shared<HeldRun>(loaded_engine().run(request));
  *out = runners().add(std::move(run));
  end_runs_with_program();
}

}  // namespace
}  // namespace millrace::c_api

namespace c_api = millrace::c_api;

millrace_status millrace_runner_open(const char* config, const char* const* overrides, int64_t count,
                                     const char* work_dir, millrace_runner** out) {
  return c_api::guarded(MILLRACE_CONFIG, [&] {
    c_api::need(config, "config");
    c_api::need(out, "out");
    c_api::open_run({.config = config}, overrides, count, work_dir, out);
  });
}

millrace_status millrace_runner_open_text(const char* text, const char* name, const char* const* overrides,
                                          int64_t count, const char* work_dir, millrace_runner** out) {
  return c_api::guarded(MILLRACE_CONFIG, [&] {
    c_api::need(text, "text");
    c_api::need(name, "name");
    c_api::need(out, "out");
    c_api::open_run({.config = name, .text = text}, overrides, count, work_dir, out);
  });
}

millrace_status millrace_runner_close(millrace_runner* runner) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    if (!runner) return;
    c_api::runners().find(runner)->close();
    c_api::runners().remove(runner);
  });
}

millrace_status millrace_runner_on_progress(millrace_runner* runner, millrace_progress_callback callback, void* user,
                                            int64_t interval) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    const auto run = c_api::runners().find(runner);
    if (interval < 1)
      throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "interval must be at least 1, got " + std::to_string(interval));
    run->set_progress(callback, user, interval);
  });
}

millrace_status millrace_runner_on_log(millrace_runner* runner, millrace_log_callback callback, void* user,
                                       int32_t level) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] { c_api::runners().find(runner)->set_log(callback, user, level); });
}

millrace_status millrace_runner_train(millrace_runner* runner) {
  return c_api::guarded(MILLRACE_DATA, [&] {
    c_api::runners().find(runner)->work([](millrace::EmbeddedRun& run) { return run.train(); });
  });
}

millrace_status millrace_runner_start(millrace_runner* runner) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    const auto run = c_api::runners().find(runner);
    c_api::end_runs_with_program();
    run->start();
  });
}

millrace_status millrace_runner_wait(millrace_runner* runner, double seconds) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] { c_api::runners().find(runner)->wait(seconds); });
}

millrace_status millrace_runner_running(millrace_runner* runner, int32_t* running) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(running, "running");
    *running = c_api::runners().find(runner)->is_busy() ? 1 : 0;
  });
}

millrace_status millrace_runner_cancel(millrace_runner* runner) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] { c_api::runners().find(runner)->cancel(); });
}

millrace_status millrace_runner_validate(millrace_runner* runner) {
  return c_api::guarded(MILLRACE_DATA, [&] {
    c_api::runners().find(runner)->work([](millrace::EmbeddedRun& run) { return run.evaluate(millrace::Mode::val); });
  });
}

millrace_status millrace_runner_test(millrace_runner* runner) {
  return c_api::guarded(MILLRACE_DATA, [&] {
    c_api::runners().find(runner)->work([](millrace::EmbeddedRun& run) { return run.evaluate(millrace::Mode::test); });
  });
}

millrace_status millrace_runner_metric(millrace_runner* runner, int64_t index, const char** name, double* value) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(name, "name");
    c_api::need(value, "value");
    const auto run = c_api::runners().find(runner);
    run->alone([&](millrace::EmbeddedRun&) {
      const auto& metrics = run->metrics();
      if (index < 0 || index >= static_cast<int64_t>(metrics.size()))
        throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "there are " + std::to_string(metrics.size()) + " metrics");
      *name = metrics[static_cast<size_t>(index)].first.c_str();
      *value = metrics[static_cast<size_t>(index)].second;
    });
  });
}

millrace_status millrace_runner_find_metric(millrace_runner* runner, const char* name, double* value) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(name, "name");
    c_api::need(value, "value");
    const auto run = c_api::runners().find(runner);
    run->alone([&](millrace::EmbeddedRun&) {
      for (const auto& [known, number] : run->metrics())
        if (known == name) return void(*value = number);
      throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "there is no metric '" + std::string(name) + "'");
    });
  });
}

millrace_status millrace_runner_summary(millrace_runner* runner, millrace_bytes** out) {
  return c_api::guarded(MILLRACE_INTERNAL, [&] {
    c_api::need(out, "out");
    c_api::runners().find(runner)->alone(
        [&](millrace::EmbeddedRun& run) { *out = c_api::bytes_handle(run.summary_json()); });
  });
}

millrace_status millrace_runner_checkpoint(millrace_runner* runner, millrace_bytes** out) {
  return c_api::guarded(MILLRACE_BUSY, [&] {
    c_api::need(out, "out");
    c_api::runners().find(runner)->alone(
        [&](millrace::EmbeddedRun& run) { *out = c_api::bytes_handle(run.checkpoint()); });
  });
}

millrace_status millrace_runner_resume(millrace_runner* runner, const void* data, int64_t size) {
  return c_api::guarded(MILLRACE_DATA, [&] {
    c_api::need(data, "data");
    if (size < 0) throw c_api::Refused(MILLRACE_INVALID_ARGUMENT, "size is negative: " + std::to_string(size));
    c_api::runners().find(runner)->alone([&](millrace::EmbeddedRun& run) {
      run.resume(std::string(static_cast<const char*>(data), static_cast<size_t>(size)));
    });
  });
}
