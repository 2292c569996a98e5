#include "millrace/optim/optim_set.h"

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/optim/optim_wrapper.h"

namespace millrace {

OptimSet::OptimSet(std::shared_ptr<OptimWrapper> only) { add("", std::move(only)); }

void OptimSet::add(std::string name, std::shared_ptr<OptimWrapper> optim) {
  if (!optim) throw Error("the optimizer" + (name.empty() ? "" : " '" + name + "'") + " is a null pointer");
  for (const Entry& entry : entries_)
    if (entry.name == name) throw Error("there are two optimizers named '" + name + "'");
  if (!entries_.empty() && (name.empty() || entries_[0].name.empty()))
    throw Error("each of several optimizers needs a name");
  entries_.push_back({std::move(name), std::move(optim)});
  if (entries_.size() > 1)
    for (const Entry& entry : entries_) entry.optim->confine_backward();
}

Error OptimSet::not_one(const std::vector<std::string>& names) {
  return Error(names.empty() ? "there is no optimizer" : "there are several optimizers: " + join(names))
      .help("optims[\"" + (names.empty() ? "name" : names[0]) + "\"] in the model's own train_step");
}

OptimWrapper& OptimSet::only() const {
  if (entries_.size() == 1) return *entries_[0].optim;
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  throw not_one(names);
}

OptimWrapper& OptimSet::operator[](std::string_view name) const {
  for (const Entry& entry : entries_)
    if (entry.name == name) return *entry.optim;
  std::vector<std::string> names;
  for (const Entry& entry : entries_) names.push_back(entry.name);
  throw Error("no optimizer '" + std::string(name) + "'" + did_you_mean(name, names))
      .note("optimizers: " + join(names));
}

void OptimSet::attach(const RunContext& context) {
  for (const Entry& entry : entries_) entry.optim->attach(context, entry.name);
}

void OptimSet::set_observer(OptimObserver* observer) {
  for (const Entry& entry : entries_) entry.optim->set_observer(observer);
}

void OptimSet::initialize_counts(int64_t done, int64_t max, int64_t epoch_length) {
  for (const Entry& entry : entries_) entry.optim->initialize_counts(done, max, epoch_length);
}

void OptimSet::zero_grad() {
  for (const Entry& entry : entries_) entry.optim->zero_grad();
}

void OptimSet::before_forward() {
  for (const Entry& entry : entries_) entry.optim->before_forward();
}

void OptimSet::mark() {
  for (const Entry& entry : entries_) entry.optim->mark();
}

bool OptimSet::go_back() {
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return entry.optim->go_back(); });
}

void OptimSet::give_up_step() {
  for (const Entry& entry : entries_) entry.optim->give_up_step();
}

void OptimSet::train() {
  for (const Entry& entry : entries_) entry.optim->train();
}

void OptimSet::eval() {
  for (const Entry& entry : entries_) entry.optim->eval();
}

State OptimSet::state_dict() const {
  if (is_single()) return entries_[0].optim->state_dict();
  State all = State::dict();
  for (const Entry& entry : entries_) all[entry.name] = entry.optim->state_dict();
  return all;
}

void OptimSet::load_state_dict(const State& state) {
  if (is_single()) {
    if (!state.find("param_groups")) throw Error("the checkpoint has several optimizers, this training has one");
    return entries_[0].optim->load_state_dict(state);
  }
  for (const Entry& entry : entries_) {
    const State* one = state.find(entry.name);
    if (!one) throw Error("the checkpoint has no state of the optimizer '" + entry.name + "'");
    entry.optim->load_state_dict(*one);
  }
}

}  // namespace millrace
