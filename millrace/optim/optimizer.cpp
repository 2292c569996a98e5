#include "millrace/optim/optimizer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/zeros_like.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

namespace {

/// Whether one kernel may run over the memory of both from front to back.
bool same_layout(const at::Tensor& a, const at::Tensor& b) {
  const auto sizes = a.sizes(), left = a.strides(), right = b.strides();
  for (size_t d = 0; d < sizes.size(); ++d)
    if (left[d] != right[d] && sizes[d] != 1) return false;
  return true;
}

bool has_fused_kernels(const at::Tensor& param) {
  const auto dtype = param.scalar_type();
  const bool known = dtype == at::kFloat || dtype == at::kDouble || dtype == at::kBFloat16 || dtype == at::kHalf;
  return known && (param.is_cpu() || param.is_cuda()) && param.is_non_overlapping_and_dense();
}

double number_of(const State& value) { return value.kind() == State::Kind::boolean ? value.boolean() : value.number(); }

}  // namespace

Optimizer::~Optimizer() = default;

Optimizer::Optimizer(std::vector<ParamGroup> groups, std::vector<Setting> settings,
                     std::vector<std::string> state_names, bool fused)
    : groups_(std::move(groups)), settings_(std::move(settings)), state_names_(std::move(state_names)), fused_(fused) {
  MILLRACE_ASSERT(!settings_.empty() && settings_[0].name == "lr", "an optimizer's first setting is lr");
  for (ParamGroup& group : groups_) take_settings(group);
  number_members();
  if (file_groups_.empty()) throw Error("there are no parameters to optimise");
  has_base_group_ = file_groups_.size() > 1;
  if (has_base_group_) take_settings(groups_.emplace_back());
  states_.resize(groups_.size());
}

void Optimizer::take_settings(ParamGroup& group) const {
  group.numbers.clear();
  group.number_names.clear();
  State rest = group.given;
  for (const Setting& setting : settings_) {
    if (setting.kind == Setting::Kind::constant) continue;
    const State* given = group.given.find(setting.name);
    const State& value = given ? *given : setting.value;
    try {
      if (setting.kind == Setting::Kind::betas) {
        const State::List& pair = value.items();
        if (pair.size() != 2) throw Error("betas are two numbers");
        group.add("momentum", pair[0].number());
        group.add("beta2", pair[1].number());
      } else {
        group.add(setting.name, number_of(value));
      }
    } catch (Error& error) {
      throw std::move(error.note("setting '" + setting.name + "' of the parameter group with " +
                                 (group.params.empty() ? "no parameters" : group.name_of(0))));
    }
    rest.erase(setting.name);
  }
  group.given = std::move(rest);
}

void Optimizer::number_members() {
  std::map<int64_t, std::vector<Member>> numbered;
  int64_t next = 0;
  for (size_t g = 0; g < groups_.size(); ++g) {
    const ParamGroup& group = groups_[g];
    MILLRACE_ASSERT(group.file_groups.empty() || group.file_groups.size() == group.params.size(),
                    "one file group a parameter");
    for (size_t p = 0; p < group.params.size(); ++p)
      numbered[group.file_groups.empty() ? next : group.file_groups[p]].push_back({g, p});
    ++next;
  }
  for (auto& [number, members] : numbered) file_groups_.push_back(std::move(members));
}

void Optimizer::step() {
  const at::NoGradGuard no_grad;
  for (size_t g = 0; g < groups_.size(); ++g) {
    GroupState& state = states_[g];
    if (state.stale || !fits_buckets(g)) make_buckets(g);
    for (Bucket& bucket : state.buckets) {
      for (size_t i = 0; i < bucket.members.size(); ++i) {
        at::Tensor& grad = bucket.grads[i] = bucket.params[i].grad();
        if (grad.layout() != at::kStrided)
          throw Error("the gradient of " + groups_[g].name_of(bucket.members[i]) +
                      " is sparse: make the layer with sparse=False");
        if (bucket.fused && !same_layout(grad, bucket.params[i])) grad = at::empty_like(bucket.params[i]).copy_(grad);
      }
      step_bucket(groups_[g], bucket);
      // Held on to, they would make the next backward pass take other memory than what is in the cache.
      for (at::Tensor& grad : bucket.grads) grad.reset();
      // Freshly made state parts a bucket from its kin for one step only.
      state.stale = state.stale || (bucket.fresh && state.buckets.size() > 1);
      bucket.fresh = false;
    }
  }
}

at::Tensor Optimizer::step(const Closure& closure) {
  at::Tensor loss = closure();
  step();
  return loss;
}

bool Optimizer::fits_buckets(size_t g) const {
  const ParamGroup& group = groups_[g];
  const GroupState& state = states_[g];
  for (size_t p = 0; p < group.params.size(); ++p)
    if (group.params[p].grad().defined() != static_cast<bool>(state.had_grad[p])) return false;
  return state_columns(group) == state.columns_used;
}

void Optimizer::make_buckets(size_t g) {
  const ParamGroup& group = groups_[g];
  GroupState& state = states_[g];
  const size_t columns = state.columns_used = state_columns(group);
  state.columns.resize(std::max(state.columns.size(), columns), std::vector<at::Tensor>(group.params.size()));
  state.had_grad.assign(group.params.size(), 0);
  state.buckets.clear();
  state.stale = false;
  for (size_t p = 0; p < group.params.size(); ++p) {
    const at::Tensor& param = group.params[p];
    if (!param.grad().defined()) continue;
    state.had_grad[p] = 1;
    bool fresh = false;
    for (size_t c = 0; c < columns; ++c) {
      if (state.columns[c][p].defined()) continue;
      state.columns[c][p] = make_state(c, param);
      fresh = true;
    }
    const bool fused = fused_ && has_fused_kernels(param);
    auto found = std::find_if(state.buckets.begin(), state.buckets.end(), [&](const Bucket& bucket) {
      const at::Tensor& first = bucket.params[0];
      return bucket.fresh == fresh && bucket.fused == fused && first.device() == param.device() &&
             first.scalar_type() == param.scalar_type();
    });
    if (found == state.buckets.end()) {
      found = state.buckets.emplace(state.buckets.end());
      found->fresh = fresh;
      found->fused = fused;
      found->state.resize(columns);
    }
    found->members.push_back(p);
    found->params.push_back(param);
    found->grads.emplace_back();
    for (size_t c = 0; c < columns; ++c) found->state[c].push_back(state.columns[c][p]);
  }
}

at::Tensor Optimizer::make_state(size_t, const at::Tensor& param) const { return at::zeros_like(param); }

void Optimizer::zero_grad() {
  for (const ParamGroup& group : groups_)
    for (const at::Tensor& param : group.params)
      if (param.grad().defined()) param.mutable_grad().reset();
}

std::vector<at::Tensor> Optimizer::grads() const {
  std::vector<at::Tensor> grads;
  for (const ParamGroup& group : groups_)
    for (const at::Tensor& param : group.params)
      if (param.grad().defined()) grads.push_back(param.grad());
  return grads;
}

std::vector<size_t> Optimizer::file_group_sources() const {
  std::vector<size_t> sources;
  for (const auto& members : file_groups_) sources.push_back(members[0].group);
  if (has_base_group_) sources.push_back(groups_.size() - 1);
  return sources;
}

void Optimizer::for_each_param(const std::function<void(int64_t, const std::string&, const at::Tensor&)>& visit) const {
  int64_t number = 0;
  for (const auto& members : file_groups_)
    for (const auto& [group, param] : members)
      visit(number++, groups_[group].name_of(param), groups_[group].params[param]);
}

State Optimizer::settings_of(const ParamGroup& group) const {
  State saved = State::dict();
  ParamGroup::Slot slot = 0;
  bool has_betas = false;
  for (const Setting& setting : settings_) {
    switch (setting.kind) {
      case Setting::Kind::number:
        saved[setting.name] = group[slot++];
        break;
      case Setting::Kind::flag:
        saved[setting.name] = group[slot++] != 0;
        break;
      case Setting::Kind::betas:
        saved[setting.name] = State::tuple({group[slot], group[slot + 1]});
        slot += 2;
        has_betas = true;
        break;
      case Setting::Kind::constant:
        saved[setting.name] = setting.value;
        break;
    }
  }
  for (const auto& [key, value] : group.given.entries()) saved[key.string()] = value;
  for (; slot < group.numbers.size(); ++slot) saved[group.number_names[slot]] = group[slot];
  // MMEngine's schedules of momentum keep betas[0] under this name, too, and miss it if it is not there.
  if (has_betas && group.find("initial_momentum")) saved["momentum"] = group[*group.find("momentum")];
  return saved;
}

State Optimizer::state_dict() const {
  State states = State::dict(), groups = State::list();
  int64_t number = 0;
  for (const auto& members : file_groups_) {
    State numbers = State::list();
    for (const Member& member : members) {
      State one = State::dict();
      const auto& columns = states_[member.group].columns;
      for (size_t c = 0; c < columns.size(); ++c)
        if (columns[c][member.param].defined()) one[state_names_[c]] = columns[c][member.param];
      if (!one.entries().empty()) states.entries().push_back({number, std::move(one)});
      numbers.push_back(number++);
    }
    State group = settings_of(groups_[members[0].group]);
    group["params"] = std::move(numbers);
    groups.push_back(std::move(group));
  }
  State saved = State::dict({{"state", std::move(states)}, {"param_groups", std::move(groups)}});
  if (has_base_group_) {
    State base = State::dict({{"params", at::scalar_tensor(0.0, at::kFloat).reshape({1})}});
    const State settings = settings_of(groups_.back());
    for (const auto& [key, value] : settings.entries()) base[key.string()] = value;
    saved["base_param_settings"] = std::move(base);
  }
  return saved;
}

void Optimizer::load_settings(ParamGroup& group, const State& saved) const {
  ParamGroup::Slot slot = 0;
  for (const Setting& setting : settings_) {
    if (setting.kind == Setting::Kind::constant) continue;
    const State* value = saved.find(setting.name);
    if (setting.kind == Setting::Kind::betas) {
      if (value && value->is_sequence() && value->items().size() == 2) {
        group.set(slot, value->items()[0].number());
        group.set(slot + 1, value->items()[1].number());
      }
      slot += 2;
    } else {
      if (value && !value->is_none()) group.set(slot, number_of(*value));
      ++slot;
    }
  }
  for (const auto& [key, value] : saved.entries())
    if (key.is_string() && key.string().starts_with("initial_")) group.set(group.add(key.string(), 0), value.number());
}

std::vector<at::Tensor> Optimizer::param_state(const Member& member, const State& saved) const {
  const ParamGroup& group = groups_[member.group];
  const at::Tensor& param = group.params[member.param];
  std::vector<at::Tensor> columns(state_names_.size());
  bool known = saved.entries().empty();
  for (size_t c = 0; c < state_names_.size(); ++c) {
    const State* value = saved.find(state_names_[c]);
    known = known || value;
    if (!value || value->is_none()) continue;
    at::Tensor made = make_state(c, param);
    if (value->is_tensor()) {
      if (value->tensor().sizes() != made.sizes())
        throw Error(fmt::format("the optimizer's {} of {} has shape {} in the checkpoint, {} here", state_names_[c],
                                group.name_of(member.param), fmt::join(value->tensor().sizes(), "x"),
                                fmt::join(made.sizes(), "x")));
      made.copy_(value->tensor());
    } else {
      made.fill_(value->number());  // counters were plain numbers before PyTorch 1.12
    }
    columns[c] = std::move(made);
  }
  if (!known) {
    std::vector<std::string> theirs;
    for (const auto& [key, value] : saved.entries()) theirs.push_back(key.is_string() ? key.string() : key.kind_name());
    throw Error("the checkpoint is of another optimizer: its state is " + join(theirs) + ", that of this one " +
                join(state_names_));
  }
  return columns;
}

void Optimizer::load_state_dict(const State& state) {
  const at::NoGradGuard no_grad;
  struct Loaded {
    Member member;
    const State* group;
    std::vector<at::Tensor> columns;
  };
  std::vector<Loaded> loaded;
  for (const auto& members : file_groups_)
    for (const Member& member : members) loaded.push_back({member, nullptr, {}});
  std::map<int64_t, size_t> by_number;
  size_t count = 0;
  for (const State& group : state.at("param_groups").items()) {
    for (const State& number : group.at("params").items()) {
      by_number[number.integer()] = count;
      if (count < loaded.size()) loaded[count].group = &group;
      ++count;
    }
  }
  if (count != loaded.size())
    throw Error(fmt::format("the checkpoint's optimizer has {} parameters, this one {}", count, loaded.size()));
  for (const auto& [number, saved] : state.at("state").entries()) {
    const auto found = by_number.find(number.integer());
    if (found != by_number.end()) loaded[found->second].columns = param_state(loaded[found->second].member, saved);
  }

  for (size_t g = 0; g < groups_.size(); ++g) {
    states_[g] = {};
    states_[g].columns.assign(state_names_.size(), std::vector<at::Tensor>(groups_[g].params.size()));
  }
  for (Loaded& one : loaded) {
    for (size_t c = 0; c < one.columns.size(); ++c)
      states_[one.member.group].columns[c][one.member.param] = std::move(one.columns[c]);
    if (one.member.param == 0) load_settings(groups_[one.member.group], *one.group);
  }
  const State* base = state.find("base_param_settings");
  if (has_base_group_ && base) load_settings(groups_.back(), *base);
}

}  // namespace millrace
