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

}  // namespace

Optimizer::~Optimizer() = default;

Optimizer::Optimizer(std::vector<ParamGroup> groups, const Defaults& defaults, std::vector<std::string> columns)
    : groups_(std::move(groups)), facts_(defaults.facts), columns_(std::move(columns)) {
  for (ParamGroup& group : groups_) take_settings(group, defaults);
  number_members();
  if (file_groups_.empty()) throw Error("there are no parameters to optimise");
  if (!facts_.one_group.empty() && (groups_.size() > 1 || file_groups_.size() > 1)) throw Error(facts_.one_group);
  has_base_group_ = file_groups_.size() > 1;
  if (has_base_group_) take_settings(groups_.emplace_back(), defaults);
  states_.resize(groups_.size());
}

void Optimizer::take_settings(ParamGroup& group, const Defaults& defaults) const {
  std::shared_ptr<void> options = defaults.copy();
  group.settings = GroupSettings(*defaults.schema, options);
  MILLRACE_ASSERT(group.find("lr") == ParamGroup::kLr, "the first number of an optimizer's options is lr");
  State own = State::dict(), rest = State::dict();
  for (const auto& [key, value] : group.given.entries())
    (group.settings.has_key(key.string()) ? own : rest)[key.string()] = value;
  group.given = std::move(rest);
  if (own.entries().empty()) return;
  try {
    group.settings.assign(own);
    defaults.check(options.get());
  } catch (Error& error) {
    throw std::move(error.note("in the parameter group with " +
                               (group.params.empty() ? std::string("no parameters") : group.name_of(0))));
  }
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
  shares_.clear();
  for (size_t g = 0; g < groups_.size(); ++g) {
    GroupState& state = states_[g];
    if (state.stale || !fits_buckets(g)) make_buckets(g);
    for (Bucket& bucket : state.buckets) {
      take_grads(g, bucket);
      shares_.push_back({&groups_[g], &bucket});
    }
  }
  step_shares(shares_);
  for (GroupState& state : states_) {
    for (Bucket& bucket : state.buckets) {
      // Held on to, they would make the next backward pass take other memory than what is in the cache.
      for (at::Tensor& grad : bucket.grads) grad.reset();
      // Freshly made state parts a bucket from its kin for one step only.
      state.stale = state.stale || (bucket.fresh && state.buckets.size() > 1);
      bucket.fresh = false;
    }
  }
}

void Optimizer::take_grads(size_t g, Bucket& bucket) const {
  for (size_t i = 0; i < bucket.members.size(); ++i) {
    at::Tensor& grad = bucket.grads[i] = bucket.params[i].grad();
    if (grad.layout() != at::kStrided)
      throw Error("the gradient of " + groups_[g].name_of(bucket.members[i]) +
                  " is sparse: make the layer with sparse=False");
    if (bucket.fused && (!same_layout(grad, bucket.params[i]) || grad.scalar_type() != bucket.params[i].scalar_type()))
      grad = at::empty_like(bucket.params[i]).copy_(grad);
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
  for (size_t c = 0; c < columns_.size(); ++c)
    if (keeps_column(group, c) != static_cast<bool>(state.kept[c])) return false;
  return true;
}

void Optimizer::make_buckets(size_t g) {
  const ParamGroup& group = groups_[g];
  GroupState& state = states_[g];
  state.columns.resize(columns_.size(), std::vector<at::Tensor>(group.params.size()));
  state.kept.resize(columns_.size());
  for (size_t c = 0; c < columns_.size(); ++c) state.kept[c] = keeps_column(group, c);
  state.had_grad.assign(group.params.size(), 0);
  state.buckets.clear();
  state.stale = false;
  const bool may_fuse = wants_fused(group);
  for (size_t p = 0; p < group.params.size(); ++p) {
    const at::Tensor& param = group.params[p];
    if (!param.grad().defined()) continue;
    state.had_grad[p] = 1;
    bool fresh = false;
    for (size_t c = 0; c < columns_.size(); ++c) {
      if (!state.kept[c] || state.columns[c][p].defined()) continue;
      state.columns[c][p] = make_column(group, c, param);
      fresh = fresh || state.columns[c][p].defined();
    }
    const bool fused = may_fuse && has_fused_kernels(param);
    auto found = std::find_if(state.buckets.begin(), state.buckets.end(), [&](const Bucket& bucket) {
      const at::Tensor& first = bucket.params[0];
      return bucket.fresh == fresh && bucket.fused == fused && first.device() == param.device() &&
             first.scalar_type() == param.scalar_type();
    });
    if (found == state.buckets.end()) {
      found = state.buckets.emplace(state.buckets.end());
      found->fresh = fresh;
      found->fused = fused;
      found->state.resize(columns_.size());
    }
    found->members.push_back(p);
    found->params.push_back(param);
    found->grads.emplace_back();
    for (size_t c = 0; c < columns_.size(); ++c)
      if (state.kept[c]) found->state[c].push_back(state.columns[c][p]);
  }
}

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

at::Tensor Optimizer::state_of(size_t group, size_t param, size_t column) const {
  const auto& columns = states_[group].columns;
  return columns.empty() ? at::Tensor() : columns[column][param];
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
  State saved = group.settings.by_key();
  for (const auto& [key, value] : group.given.entries()) saved[key.string()] = value;
  for (const GroupSettings::Added& added : group.settings.added()) saved[added.name] = added.value;
  // MMEngine's schedules of momentum keep betas[0] under this name, too, and miss it if it is not there.
  if (saved.find("betas") && group.find("initial_momentum")) saved["momentum"] = group[*group.find("momentum")];
  return saved;
}

State Optimizer::state_dict() const {
  State states = State::dict(), groups = State::list();
  if (State own = own_state(); !own.is_none()) states.entries().push_back({0, std::move(own)});
  int64_t number = 0;
  for (const auto& members : file_groups_) {
    State numbers = State::list();
    for (const Member& member : members) {
      State one = State::dict();
      const auto& columns = states_[member.group].columns;
      for (size_t c = 0; c < columns.size(); ++c)
        if (columns[c][member.param].defined()) one[columns_[c]] = columns[c][member.param];
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
  State own = State::dict();
  for (const auto& [key, value] : saved.entries()) {
    if (!key.is_string() || value.is_none()) continue;
    if (key.string().starts_with("initial_")) group.set(group.add(key.string(), 0), value.number());
    else if (group.settings.has_key(key.string())) own[key.string()] = value;
  }
  try {
    group.settings.assign(own);
  } catch (Error& error) {
    throw std::move(error.note("in the optimizer's param_groups of the checkpoint"));
  }
}

namespace {

[[noreturn]] void refuse_state_of_another(const State& saved, const std::vector<std::string>& ours) {
  std::vector<std::string> theirs;
  for (const auto& [key, value] : saved.entries()) theirs.push_back(key.is_string() ? key.string() : key.kind_name());
  throw Error("the checkpoint is from another optimizer: its state is " + join(theirs) + ", the state of this one is " +
              (ours.empty() ? "empty" : join(ours)));
}

}  // namespace

void Optimizer::load_own_state(const State& state) {
  if (!state.entries().empty()) refuse_state_of_another(state, {});
}

std::vector<at::Tensor> Optimizer::param_state(const Member& member, const State& saved) const {
  const ParamGroup& group = groups_[member.group];
  const at::Tensor& param = group.params[member.param];
  std::vector<at::Tensor> columns(columns_.size());
  bool known = saved.entries().empty();
  for (size_t c = 0; c < columns_.size(); ++c) {
    const State* value = saved.find(columns_[c]);
    known = known || value;
    if (!value || value->is_none()) continue;
    at::Tensor made = make_column(group, c, param);
    if (!made.defined())
      throw Error(fmt::format("the optimizer's {} of {} does not fit its shape, {}", columns_[c],
                              group.name_of(member.param), fmt::join(param.sizes(), "x")));
    if (value->is_tensor()) {
      if (value->tensor().sizes() != made.sizes())
        throw Error(fmt::format("the optimizer's {} of {} has shape {} in the checkpoint, {} here", columns_[c],
                                group.name_of(member.param), fmt::join(value->tensor().sizes(), "x"),
                                fmt::join(made.sizes(), "x")));
      made.copy_(value->tensor());
    } else {
      made.fill_(value->number());  // counters were plain numbers before PyTorch 1.12
    }
    columns[c] = std::move(made);
  }
  if (!known) refuse_state_of_another(saved, columns_);
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
  const State none = State::dict();
  const State* own = &none;
  for (const auto& [number, saved] : state.at("state").entries()) {
    const auto found = by_number.find(number.integer());
    if (found == by_number.end()) continue;
    if (columns_.empty()) own = &saved;
    else loaded[found->second].columns = param_state(loaded[found->second].member, saved);
  }
  load_own_state(*own);

  for (size_t g = 0; g < groups_.size(); ++g) {
    states_[g] = {};
    states_[g].columns.assign(columns_.size(), std::vector<at::Tensor>(groups_[g].params.size()));
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
