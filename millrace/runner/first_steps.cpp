#include "millrace/runner/first_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "millrace/base/text.h"
#include "millrace/data/data_loader.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/runner.h"

namespace millrace {

namespace {

constexpr size_t kNamed = 5;  // the most names in a warning

std::string names_text(const std::vector<std::string>& names) {
  const std::vector<std::string> first(names.begin(), names.begin() + std::min<ptrdiff_t>(names.size(), kNamed));
  return join(first) + (names.size() > kNamed ? fmt::format(" and {} more", names.size() - kNamed) : "");
}

/// All that an optimizer moves, whether it gets a gradient or not.
std::set<const c10::TensorImpl*> moved_by(const OptimSet& optims) {
  std::set<const c10::TensorImpl*> moved;
  for (const OptimSet::Entry& entry : optims.entries())
    for (const ParamGroup& group : entry.optim->groups())
      for (const at::Tensor& param : group.params) moved.insert(param.unsafeGetTensorImpl());
  return moved;
}

}  // namespace

FirstSteps::FirstSteps(Runner& runner) : runner_(runner), inner_(nullptr) {
  for (const OptimSet::Entry& entry : runner.optims()->entries()) inner_ = entry.optim->observer();
  runner.optims()->set_observer(this);
}

FirstSteps::~FirstSteps() {
  for (const OptimSet::Entry& entry : runner_.optims()->entries())
    if (entry.optim->observer() == this) entry.optim->set_observer(inner_);
}

uint64_t FirstSteps::parameter_versions() const {
  uint64_t sum = 0;
  for (const ModuleView::Named& param : runner_.model().modules().all_params()) sum += param.tensor._version();
  return sum;
}

void FirstSteps::begin_step() {
  is_updated_ = false;
  strangers_before_ = std::exchange(strangers_, {});
  versions_ = parameter_versions();
  modes_.emplace(runner_.model());
}

bool FirstSteps::end_step(int64_t iter) {
  ++steps_;
  warn_of_no_update(iter);
  warn_of_leaves();
  set_modes_back(iter);
  if (steps_ < kSteps) return true;
  if (steps_ == kSteps) warn_without_gradient();
  return told_mode_;  // a model that leaves modes is set back after each of its steps
}

void FirstSteps::warn_of_no_update(int64_t iter) {
  if (is_updated_ || told_update_ || parameter_versions() != versions_) return;
  told_update_ = true;
  runner_.logger().warning(
      fmt::format("iteration {} updated no optimizer, so it changed no weight: a train_step of your own calls "
                  "optims.only().update(losses), or optims[\"name\"].update(losses) for each optimizer",
                  iter));
}

void FirstSteps::sees_loss(OptimWrapper& optim, const at::Tensor& loss) {
  is_updated_ = true;
  if (steps_ < 2) {
    const auto moved = moved_by(*runner_.optims());
    for (GradientLeaf& leaf : gradient_leaves(loss))
      if (!moved.contains(leaf.tensor.unsafeGetTensorImpl())) strangers_.push_back(std::move(leaf));
  }
  if (inner_) inner_->sees_loss(optim, loss);
}

/// One that is there in two steps: what a step makes for itself, as the gradient of an input, is new in each.
void FirstSteps::warn_of_leaves() {
  if (steps_ != 2) return;
  std::set<const c10::TensorImpl*> seen;
  std::vector<std::string> registered, unknown;
  const std::vector<ModuleView::Named> params = runner_.model().modules().all_params();
  for (const GradientLeaf& leaf : strangers_) {
    const auto is_leaf = [&](const auto& other) { return other.tensor.is_same(leaf.tensor); };
    if (std::none_of(strangers_before_.begin(), strangers_before_.end(), is_leaf)) continue;
    if (!seen.insert(leaf.tensor.unsafeGetTensorImpl()).second) continue;
    const auto named = std::find_if(params.begin(), params.end(), is_leaf);
    if (named != params.end()) registered.push_back(named->name);
    else unknown.push_back(fmt::format("({}) in {}", fmt::join(leaf.tensor.sizes(), ", "), leaf.user));
  }
  strangers_.clear();
  strangers_before_.clear();
  if (!unknown.empty())
    runner_.logger().warning(
        fmt::format("{} {} a gradient and no parameter of the model: no optimizer moves them, and no checkpoint holds "
                    "them. Their layer is not registered: register_module(\"name\", layer). Shapes, and the operator "
                    "that uses them: {}",
                    counted(static_cast<int64_t>(unknown.size()), "tensor"), unknown.size() == 1 ? "has" : "have",
                    names_text(unknown)));
  if (!registered.empty())
    runner_.logger().warning(fmt::format(
        "no optimizer has these parameters, though they get a gradient: {}. Register layers before the Runner is made, "
        "and name the part of the model in optim_wrapper",
        names_text(registered)));
}

void FirstSteps::set_modes_back(int64_t iter) {
  const std::optional<std::string> changed = modes_->first_change(runner_.model());
  if (!changed) return;
  modes_->restore(runner_.model());
  if (std::exchange(told_mode_, true)) return;
  runner_.logger().warning(
      fmt::format("iteration {} left {} in another mode than it was in (eval(), train(false)): it is "
                  "set back. To keep a part as it is, override train()",
                  iter, changed->empty() ? "the model" : *changed));
}

void FirstSteps::before_backward(OptimWrapper& optim) {
  if (inner_) inner_->before_backward(optim);
}

void FirstSteps::after_backward(OptimWrapper& optim) {
  for (const ParamGroup& group : optim.groups())
    for (const at::Tensor& param : group.params)
      if (param.grad().defined()) with_gradient_.insert(param.unsafeGetTensorImpl());
  if (inner_) inner_->after_backward(optim);
}

void FirstSteps::before_step(OptimWrapper& optim) {
  if (inner_) inner_->before_step(optim);
}

void FirstSteps::after_step(OptimWrapper& optim) {
  if (inner_) inner_->after_step(optim);
}

void FirstSteps::warn_without_gradient() {
  if (with_gradient_.empty()) return;
  const auto moved = moved_by(*runner_.optims());
  std::vector<std::string> names;
  for (const ModuleView::Named& param : runner_.model().modules().all_params()) {
    const c10::TensorImpl* const own = param.tensor.unsafeGetTensorImpl();
    if (param.tensor.requires_grad() && moved.contains(own) && !with_gradient_.contains(own))
      names.push_back(param.name);
  }
  if (!names.empty())
    runner_.logger().warning(fmt::format("{} got no gradient in the first {} steps, so nothing moves {}: {}",
                                         counted(static_cast<int64_t>(names.size()), "parameter"), kSteps,
                                         names.size() == 1 ? "it" : "them", names_text(names)));
}

}  // namespace millrace
