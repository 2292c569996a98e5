#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "millrace/data/batch_maker.h"
#include "millrace/data/draft_source.h"

namespace millrace {

/// Makes batches ahead in its own threads and gives them out in order.
///
/// Each thread takes a draft (one at a time, in order) and makes its batch while the others make theirs. At most
/// `capacity` batches are drafted and not yet taken: if training is slower, the threads wait. They sleep until half of
/// the room is free, so that a fast training does not wake one for each batch.
class Prefetcher {
 public:
  struct Made {
    Batch batch;
    SourceMark mark;  // of its draft
  };

  /// Both must outlive it.
  Prefetcher(int threads, int64_t capacity, DraftSource& source, const BatchMaker& maker);
  /// Makes the threads return, and waits for them; a draft that is being taken must return by itself.
  ~Prefetcher();
  Prefetcher(const Prefetcher&) = delete;
  Prefetcher& operator=(const Prefetcher&) = delete;

  /// The next batch; false at the end. If drafting or making it threw, rethrows that exception when it is this batch's
  /// turn.
  bool next(Made& made);

 private:
  struct Slot {
    bool is_ready = false;
    Made made;
    std::exception_ptr error;
  };

  void work(int thread);
  bool make_one(Draft& draft);
  int64_t wait_for_room();
  void publish(int64_t number, Slot slot);
  void end_at(int64_t number);
  void stop();

  const int64_t capacity_;
  DraftSource& source_;
  const BatchMaker& maker_;
  std::atomic<bool> is_stopped_{false};
  std::mutex draft_mutex_;  // held while a draft is taken; before mutex_
  std::mutex mutex_;        // of all below
  std::condition_variable room_, ready_;
  std::vector<Slot> slots_;  // batch n is in slot n % capacity
  int64_t drafted_ = 0;      // batches that threads have begun
  int64_t taken_ = 0;        // batches that were given out
  int64_t end_ = -1;         // the number of batches; -1 if unknown
  std::vector<std::thread> threads_;
};

}  // namespace millrace
