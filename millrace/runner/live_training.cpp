#include "millrace/runner/live_training.h"

#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "millrace/base/run_in_the_way.h"

namespace millrace {

namespace {

struct LiveOne {
  const LiveTraining* owner;
  LiveTraining::Facts facts;
  std::thread::id thread;
};

/// Of the process, as the generators and the folders are.
struct LiveOnes {
  std::mutex mutex;
  std::vector<LiveOne> all;
};

LiveOnes& live_ones() {
  static LiveOnes ones;
  return ones;
}

bool counts_on_numbers(const LiveTraining::Facts& facts) { return facts.has_seed && !facts.shares_generators; }

bool are_ranks(const LiveTraining::Facts& one, const LiveTraining::Facts& other) {
  return one.is_one_of_ranks && other.is_one_of_ranks;
}

[[noreturn]] void refuse_generators(const LiveTraining::Facts& other) {
  throw RunInTheWay(
      Error("the run " + other.run +
            " trains in another thread of this process, and both would draw from libtorch's "
            "default generators: with randomness.seed neither would get the same numbers twice")
          .note("generators are one per process and device: train one after the other, or in processes of their own")
          .note("RunSurroundings::shares_generators = true in both, where their numbers may differ from run to run"));
}

}  // namespace

LiveTraining::LiveTraining(Facts facts) {
  LiveOnes& ones = live_ones();
  const std::lock_guard lock(ones.mutex);
  for (const LiveOne& other : ones.all) {
    if (are_ranks(facts, other.facts)) continue;
    if (other.facts.work_dir == facts.work_dir)
      throw RunInTheWay(Error(facts.work_dir.string() + ": the run " + other.facts.run +
                              " of this process trains in this work dir, and both would write the same checkpoints")
                            .note("give each Runner that trains at the same time a work_dir of its own"));
    if (other.thread != std::this_thread::get_id() && (counts_on_numbers(facts) || counts_on_numbers(other.facts)))
      refuse_generators(other.facts);
  }
  ones.all.push_back({this, std::move(facts), std::this_thread::get_id()});
}

LiveTraining::~LiveTraining() {
  LiveOnes& ones = live_ones();
  const std::lock_guard lock(ones.mutex);
  std::erase_if(ones.all, [&](const LiveOne& one) { return one.owner == this; });
}

void LiveTraining::refuse_to_seed(const Facts& facts) {
  LiveOnes& ones = live_ones();
  const std::lock_guard lock(ones.mutex);
  for (const LiveOne& other : ones.all)
    if (!are_ranks(facts, other.facts) && other.thread != std::this_thread::get_id() && counts_on_numbers(other.facts))
      refuse_generators(other.facts);
}

}  // namespace millrace
