#include "millrace/data/prefetcher.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/data/worker_scope.h"

namespace millrace {

Prefetcher::Prefetcher(int threads, int64_t capacity, DraftSource& source, const BatchMaker& maker)
    : capacity_(capacity), source_(source), maker_(maker), slots_(static_cast<size_t>(capacity)) {
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this, i] { work(i); });
  } catch (...) {
    stop();
    throw;
  }
}

Prefetcher::~Prefetcher() { stop(); }

void Prefetcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  room_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Prefetcher::work(int thread) {
  become_background_thread(fmt::format("loader {}", thread).c_str());
  const WorkerScope scope;
  Draft draft;
  while (make_one(draft)) {
  }
}

bool Prefetcher::make_one(Draft& draft) {
  Slot slot;
  int64_t number;
  {
    const std::lock_guard draft_lock(draft_mutex_);
    number = wait_for_room();
    if (number < 0) return false;
    try {
      if (!source_.take(draft)) {
        end_at(number);
        return false;
      }
    } catch (...) {
      slot.error = std::current_exception();
      end_at(number + 1);
    }
  }
  if (!slot.error) {
    try {
      slot.made.mark = std::move(draft.mark);
      slot.made.batch = maker_.make(draft, is_stopped_);
    } catch (...) {
      slot.error = std::current_exception();
    }
  }
  publish(number, std::move(slot));
  return true;
}

/// The number of the batch to draft; -1: there is nothing more to do.
int64_t Prefetcher::wait_for_room() {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return is_stopped_ || end_ >= 0 || drafted_ < taken_ + capacity_; });
  return is_stopped_ || end_ >= 0 ? -1 : drafted_++;
}

void Prefetcher::publish(int64_t number, Slot slot) {
  const std::lock_guard lock(mutex_);
  Slot& place = slots_[static_cast<size_t>(number % capacity_)];
  place = std::move(slot);
  place.is_ready = true;
  if (number == taken_) ready_.notify_one();
}

void Prefetcher::end_at(int64_t number) {
  const std::lock_guard lock(mutex_);
  end_ = number;
  ready_.notify_one();
}

bool Prefetcher::next(Made& made) {
  std::unique_lock lock(mutex_);
  Slot& slot = slots_[static_cast<size_t>(taken_ % capacity_)];
  ready_.wait(lock, [&] { return slot.is_ready || taken_ == end_; });
  if (!slot.is_ready) return false;
  slot.is_ready = false;
  if (slot.error) std::rethrow_exception(std::exchange(slot.error, nullptr));
  made = std::move(slot.made);
  ++taken_;
  const int64_t room = capacity_ - (drafted_ - taken_);
  if (room >= std::max<int64_t>(capacity_ / 2, 1)) room_.notify_one();
  return true;
}

}  // namespace millrace
