#include "millrace/runner/run_use.h"

#include <algorithm>
#include <utility>

#include "millrace/base/error.h"

namespace millrace {

void RunUse::refuse_other_thread(const std::string& what) const {
  if (calls_.empty() || thread_ == std::this_thread::get_id()) return;
  throw Error(what + " while " + calls_.front() + "() of the same Runner runs in another thread")
      .note("a Runner is for one thread at a time")
      .help("RunControl::stop() and save() are for any thread; a second training needs a Runner of its own");
}

RunUse::Call::Call(std::shared_ptr<RunUse> use, const char* name) : use_(std::move(use)) {
  const std::lock_guard lock(use_->mutex_);
  const std::string what = std::string(name) + "()";
  if (use_->is_closed_) throw Error(what + " of a Runner that is being destroyed");
  use_->refuse_other_thread(what);
  std::vector<std::string>& calls = use_->calls_;
  const bool is_within_itself = std::find(calls.begin(), calls.end(), name) != calls.end();
  const bool may_be_within = what != "train()" && what != "resume()";
  if (!calls.empty() && (is_within_itself || !may_be_within))
    throw Error(what + " within " + calls.back() + "() of the same Runner")
        .note("a hook may call val() in a training, test(), and checkpoint(); nothing within itself");
  is_within_ = !calls.empty();
  calls.emplace_back(name);
  use_->thread_ = std::this_thread::get_id();
}

RunUse::Call::~Call() {
  const std::lock_guard lock(use_->mutex_);
  use_->calls_.pop_back();
  if (use_->calls_.empty()) use_->ended_.notify_all();
}

void RunUse::require_idle(const std::string& what) {
  const std::lock_guard lock(mutex_);
  if (!calls_.empty()) throw Error(what + " while " + calls_.front() + "() runs: call it before");
}

void RunUse::require_own_thread(const std::string& what) {
  const std::lock_guard lock(mutex_);
  refuse_other_thread(what);
}

bool RunUse::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  return !calls_.empty() && thread_ != std::this_thread::get_id();
}

void RunUse::wait_for_end() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return calls_.empty(); });
}

}  // namespace millrace
