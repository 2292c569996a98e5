#include "millrace/dist/thread_ranks.h"

#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "millrace/base/error.h"
#include "millrace/dist/failure_text.h"
#include "millrace/dist/together.h"

namespace millrace {

namespace {

/// Where the threads meet: call by call, each leaves what it has and takes what all have left.
class MeetingPlace {
 public:
  explicit MeetingPlace(int size) : size_(size), ended_(static_cast<size_t>(size)) {}

  using Gifts = std::shared_ptr<const std::vector<State>>;

  int size() const { return size_; }
  /// `call` outlives the round.
  Gifts meet(int rank, std::string_view call, State gift);
  /// The rank makes no more calls, because of `failure` if that is not null.
  void leave(int rank, const std::exception_ptr& failure);
  std::exception_ptr first_failure() const { return first_failure_; }
  int first_failed() const { return first_failed_; }

 private:
  struct Round {
    explicit Round(size_t size) : is_here(size), gifts(std::make_shared<std::vector<State>>(size)) {}
    std::string_view call;
    int first = 0;  // the rank that came first
    int arrived = 0;
    std::vector<bool> is_here;
    std::shared_ptr<std::vector<State>> gifts;
    bool is_complete = false;
  };
  std::optional<int> missing_for_good(const Round& round) const;
  [[noreturn]] void refuse(int rank, std::string_view call, int missing) const;

  const int size_;
  std::mutex mutex_;
  std::condition_variable news_;
  std::shared_ptr<Round> round_;                   // the one that is not complete
  std::vector<std::optional<std::string>> ended_;  // why each rank makes no more calls
  std::exception_ptr first_failure_;
  int first_failed_ = 0;
};

std::optional<int> MeetingPlace::missing_for_good(const Round& round) const {
  if (first_failure_ && !round.is_here[static_cast<size_t>(first_failed_)]) return first_failed_;
  for (int rank = 0; rank < size_; ++rank)
    if (ended_[static_cast<size_t>(rank)] && !round.is_here[static_cast<size_t>(rank)]) return rank;
  return std::nullopt;
}

void MeetingPlace::refuse(int rank, std::string_view call, int missing) const {
  throw Error(fmt::format("rank {} of {}: {} waits for rank {}, which {}", rank, size_, call, missing,
                          *ended_[static_cast<size_t>(missing)]));
}

MeetingPlace::Gifts MeetingPlace::meet(int rank, std::string_view call, State gift) {
  std::unique_lock lock(mutex_);
  if (!round_) {
    round_ = std::make_shared<Round>(static_cast<size_t>(size_));
    round_->call = call;
    round_->first = rank;
  }
  const std::shared_ptr<Round> round = round_;
  if (round->call != call)
    throw Error(fmt::format("rank {} of {}: calls {}, while rank {} is in {}: all ranks must make the same calls", rank,
                            size_, call, round->first, round->call));
  (*round->gifts)[static_cast<size_t>(rank)] = std::move(gift);
  round->is_here[static_cast<size_t>(rank)] = true;
  if (++round->arrived == size_) {
    round->is_complete = true;
    round_.reset();
    news_.notify_all();
    return round->gifts;
  }
  std::optional<int> missing;
  news_.wait(lock, [&] { return round->is_complete || (missing = missing_for_good(*round)); });
  if (round->is_complete) return round->gifts;
  // Who catches the error may call again: as if it had not come.
  round->is_here[static_cast<size_t>(rank)] = false;
  if (--round->arrived == 0) round_.reset();
  refuse(rank, call, *missing);
}

void MeetingPlace::leave(int rank, const std::exception_ptr& failure) {
  const std::string why = failure ? "failed: " + failure_text(failure) : "has ended";
  const std::scoped_lock lock(mutex_);
  ended_[static_cast<size_t>(rank)] = why;
  const auto is_elsewhere = [](const std::exception_ptr& given) {
    try {
      std::rethrow_exception(given);
    } catch (const FailedElsewhere&) {
      return true;
    } catch (...) {
      return false;
    }
  };
  if (failure && (!first_failure_ || (is_elsewhere(first_failure_) && !is_elsewhere(failure)))) {
    first_failure_ = failure;
    first_failed_ = rank;
  }
  news_.notify_all();
}

at::Tensor own_copy(const at::Tensor& tensor) { return tensor.detach().clone(); }

class ThreadRank final : public Ranks {
 public:
  ThreadRank(MeetingPlace& place, int rank) : place_(place), rank_(rank) {}
  int rank() const override { return rank_; }
  int size() const override { return place_.size(); }
  int local_rank() const override { return rank_; }

  void all_reduce_(const at::Tensor& tensor, Reduce reduce) override {
    const auto all = place_.meet(rank_, "all_reduce", own_copy(tensor));
    at::Tensor result = own_copy(all->front().tensor());
    for (size_t rank = 1; rank < all->size(); ++rank) {
      const at::Tensor& other = (*all)[rank].tensor();
      check_alike(result, other, static_cast<int>(rank), "all_reduce");
      if (reduce == Reduce::sum) result.add_(other);
      else result = reduce == Reduce::min ? at::minimum(result, other) : at::maximum(result, other);
    }
    tensor.detach().copy_(result);
  }

  std::vector<at::Tensor> all_gather(const at::Tensor& tensor) override {
    const auto all = place_.meet(rank_, "all_gather", own_copy(tensor));
    std::vector<at::Tensor> own;
    for (const State& each : *all) own.push_back(own_copy(each.tensor()));
    return own;
  }

  std::vector<State> all_gather(const State& state) override {
    const auto all = place_.meet(rank_, "all_gather of states", state.snapshot());
    std::vector<State> own;
    for (const State& each : *all) own.push_back(each.snapshot());
    return own;
  }

  void broadcast_(const at::Tensor& tensor, int from) override {
    const auto all = place_.meet(rank_, "broadcast", own_copy(tensor));
    const at::Tensor& source = (*all)[static_cast<size_t>(from)].tensor();
    check_alike(tensor, source, from, "broadcast");
    tensor.detach().copy_(source);
  }

  State broadcast(const State& state, int from) override {
    const auto all = place_.meet(rank_, "broadcast of a state", rank_ == from ? state.snapshot() : State());
    return (*all)[static_cast<size_t>(from)].snapshot();
  }

  void barrier() override { place_.meet(rank_, "barrier", {}); }

  int agree(int value) override {
    const auto all = place_.meet(rank_, "agree", value);
    int64_t greatest = value;
    for (const State& each : *all) greatest = std::max(greatest, each.integer());
    return static_cast<int>(greatest);
  }

 private:
  void check_alike(const at::Tensor& own, const at::Tensor& other, int rank, const char* call) const {
    if (own.sizes() == other.sizes() && own.scalar_type() == other.scalar_type()) return;
    throw Error(fmt::format("rank {} of {}: {} got {} {}, rank {} has {} {}", rank_, size(), call,
                            c10::toString(own.scalar_type()), shape_text(own), rank, c10::toString(other.scalar_type()),
                            shape_text(other)));
  }
  static std::string shape_text(const at::Tensor& tensor) {
    return fmt::format("({})", fmt::join(tensor.sizes().begin(), tensor.sizes().end(), ", "));
  }

  MeetingPlace& place_;
  const int rank_;
};

void run_rank(MeetingPlace& place, int rank, const std::function<void(Ranks&)>& body) {
  std::exception_ptr failure;
  try {
    ThreadRank ranks(place, rank);
    body(ranks);
  } catch (...) {
    failure = std::current_exception();
  }
  place.leave(rank, failure);
}

}  // namespace

void run_in_threads(int size, const std::function<void(Ranks&)>& body) {
  if (size < 1) throw Error(fmt::format("run_in_threads needs at least 1 rank, got {}", size));
  MeetingPlace place(size);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank) threads.emplace_back([&place, rank, &body] { run_rank(place, rank, body); });
  for (std::thread& thread : threads) thread.join();
  if (!place.first_failure()) return;
  try {
    std::rethrow_exception(place.first_failure());
  } catch (Error& error) {
    if (size > 1) error.note(fmt::format("on rank {} of {}", place.first_failed(), size));
    throw;
  }
}

}  // namespace millrace
