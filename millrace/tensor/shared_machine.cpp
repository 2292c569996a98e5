#include "millrace/tensor/shared_machine.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "millrace/base/cpu_count.h"
#include "millrace/tensor/short_waits.h"

namespace millrace {

namespace {

constexpr double kNewsAfterSeconds = 10;

std::string news(const SharedMachine::Neighbours& seen, int threads) {
  const int cpus = usable_cpus();
  std::string text =
      fmt::format("Other processes use {:.1f} of the {} processor{} that this run may use, so its steps take longer.",
                  seen.processors, cpus, cpus == 1 ? "" : "s");
  const int fewer = std::max(1, cpus - static_cast<int>(std::ceil(seen.processors - 0.25)));
  if (fewer < threads)
    text += fmt::format(
        " If they stay, --threads {} may be faster; another number of threads gives slightly different "
        "weights.",
        fewer);
  return text;
}

}  // namespace

SharedMachine::SharedMachine(Load load, std::chrono::milliseconds interval)
    : load_(std::move(load)), interval_(interval) {}

SharedMachine::~SharedMachine() { stop(); }

void SharedMachine::start(int threads) {
  stop();
  const std::optional<CpuLoad> now = load_();
  if (!now) return;
  is_over_ = false;
  threads_ = threads;
  watcher_ = std::thread([this, threads, now] { watch(threads, *now); });
}

void SharedMachine::stop() {
  if (!watcher_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  stopped_.notify_all();
  watcher_.join();
}

void SharedMachine::watch(int threads, CpuLoad before) {
#ifdef __linux__
  pthread_setname_np(pthread_self(), "shared machine");
#endif
  NeighbourJudge judge(threads, usable_cpus());
  std::optional<ShortWaits> short_waits;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_for(lock, interval_, [this] { return is_over_; })) {
    lock.unlock();
    const std::optional<CpuLoad> now = load_();
    const double others = now ? used_by_others(before, *now) : 0;
    const bool is_crowded = judge.look(others);
    if (!is_crowded) short_waits.reset();
    else if (!short_waits && threads > 1) short_waits.emplace(threads);
    lock.lock();
    if (is_crowded && now) {
      seconds_ += now->at_s - before.at_s;
      processor_seconds_ += others * (now->at_s - before.at_s);
    }
    if (now) before = *now;
  }
}

std::optional<SharedMachine::Neighbours> SharedMachine::neighbours() const {
  const std::lock_guard lock(mutex_);
  if (seconds_ <= 0) return std::nullopt;
  return Neighbours{processor_seconds_ / seconds_, seconds_};
}

std::string SharedMachine::take_news() {
  if (news_are_taken_) return {};
  const std::optional<Neighbours> seen = neighbours();
  if (!seen || seen->seconds < kNewsAfterSeconds) return {};
  news_are_taken_ = true;
  return news(*seen, threads_);
}

}  // namespace millrace
