#include "millrace/optim/schedulers/param_schedulers.h"

#include <algorithm>

namespace millrace {

void ParamSchedulers::add(std::shared_ptr<ParamScheduler> scheduler, std::string optim_name) {
  if (!scheduler) throw Error("a schedule to add is a null pointer");
  scheduler->start(horizon_);
  for (const std::string& warning : scheduler->warnings()) notices_.push_back({LogLevel::warning, warning});
  if (scheduler->observes()) observing_.push_back(scheduler.get());
  (scheduler->by_epoch() ? by_epoch_ : by_iter_).push_back(scheduler.get());
  entries_.push_back({std::move(optim_name), std::move(scheduler)});
}

void ParamSchedulers::step_iter() {
  ++iterations_;
  for (ParamScheduler* scheduler : by_iter_) scheduler->step();
}

void ParamSchedulers::step_epoch() {
  for (ParamScheduler* scheduler : by_epoch_) scheduler->step();
}

void ParamSchedulers::observe(const MetricMap& metrics) {
  for (ParamScheduler* scheduler : observing_) scheduler->observe(metrics, iterations_);
}

State ParamSchedulers::state_dict() const {
  State list = State::list(), named = State::dict();
  for (const Entry& entry : entries_) {
    State& into = entry.optim_name.empty() ? list : named[entry.optim_name];
    if (into.is_none()) into = State::list();
    into.push_back(entry.scheduler->state_dict());
  }
  return named.entries().empty() ? list : named;
}

void ParamSchedulers::replay(int64_t iterations, int64_t epochs, int64_t iters_per_epoch) {
  // The first one last: it knows the value before any schedule.
  for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) entry->scheduler->reset();
  for (const Entry& entry : entries_) entry.scheduler->step();
  if (iters_per_epoch <= 0 && epochs > 0) iters_per_epoch = std::max<int64_t>(iterations / epochs, 1);
  iterations_ = 0;
  int64_t done = 0;
  for (int64_t i = 1; i <= iterations; ++i) {
    step_iter();
    if (done < epochs && i % iters_per_epoch == 0) {
      step_epoch();
      ++done;
    }
    for (ParamScheduler* scheduler : observing_) scheduler->repeat(i);
  }
  for (; done < epochs; ++done) step_epoch();
}

std::vector<const State*> ParamSchedulers::states_of(const State& saved) const {
  std::vector<const State*> states;
  const auto take = [&](const State& list) {
    if (list.is_sequence())
      for (const State& state : list.items()) states.push_back(&state);
  };
  take(saved);
  if (saved.is_dict()) {
    // In the order of the schedules here, which are together by name as they were there.
    std::string last;
    for (const Entry& entry : entries_) {
      const State* list = entry.optim_name == last ? nullptr : saved.find(entry.optim_name);
      if (list) take(*list);
      last = entry.optim_name;
    }
  }
  return states;
}

bool ParamSchedulers::load(const std::vector<const State*>& states) {
  if (states.size() != entries_.size()) return false;
  for (size_t i = 0; i < states.size(); ++i)
    if (!entries_[i].scheduler->has_settings_of(*states[i])) return false;
  for (size_t i = 0; i < states.size(); ++i) entries_[i].scheduler->load_state_dict(*states[i]);
  return true;
}

void ParamSchedulers::load_progress(std::vector<const State*> states) {
  for (ParamScheduler* scheduler : observing_) {
    const auto theirs = std::find_if(states.begin(), states.end(),
                                     [&](const State* state) { return scheduler->load_progress(*state); });
    if (theirs != states.end()) states.erase(theirs);
  }
}

bool ParamSchedulers::resume(const State& saved, int64_t iterations, int64_t epochs, int64_t iters_per_epoch) {
  const std::vector<const State*> states = states_of(saved);
  iterations_ = iterations;
  if (load(states)) return true;
  load_progress(states);
  replay(iterations, epochs, iters_per_epoch);
  return false;
}

}  // namespace millrace
