#include "millrace/hooks/nan_guard_hook.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/logical_not.h>
#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "millrace/base/error.h"
#include "millrace/dist/ranks.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/not_finite.h"
#include "millrace/optim/clip_grad.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/precision.h"

namespace millrace {

namespace {

/// A number on the CPU, read where it lies.
double number_at(const at::Tensor& value) {
  switch (value.scalar_type()) {
    case at::kFloat:
      return *value.const_data_ptr<float>();
    case at::kDouble:
      return *value.const_data_ptr<double>();
    default:
      return value.item<double>();
  }
}

void put_back(const std::vector<std::pair<at::Tensor, at::Tensor>>& copies) {
  for (const auto& [tensor, before] : copies) tensor.copy_(before);
}

/// Copies into the memory of the last copies, where there are any.
void copy_into(std::vector<std::pair<at::Tensor, at::Tensor>>& copies, const std::vector<at::Tensor>& tensors) {
  if (copies.empty())
    for (const at::Tensor& tensor : tensors) copies.emplace_back(tensor, tensor.detach().clone());
  else
    for (const auto& [tensor, copy] : copies) copy.copy_(tensor);
}

}  // namespace

NanGuardHook::NanGuardHook(Options options) : options_(checked<NanGuardHook>(std::move(options))) {}

void NanGuardHook::before_train(RunPoint& point) {
  weights_.clear(), buffers_.clear();
  buffers_before_.clear(), snapshot_.clear();
  in_a_row_ = 0;
  flag_.reset();
  point.runner.model().modules().walk([&](const ModuleView& view) {
    for (const ModuleView::Named& param : view.params) weights_.push_back(param.tensor);
    for (const ModuleView::Named& buffer : view.buffers) buffers_.push_back(buffer.tensor);
  });
}

void NanGuardHook::before_train_iter(TrainIter& point) {
  gradient_found_ = loss_found_ = false;
  if (options_.action == Action::stop) return;
  const at::NoGradGuard no_grad;
  if (options_.action == Action::skip) copy_into(buffers_before_, buffers_);
  else if (snapshot_.empty() || point.runner.iter() - snapshot_iter_ >= options_.snapshot_interval)
    take_snapshot(point.runner);
}

/// Of a value on a device only the flag, unless it must be known now.
void NanGuardHook::note(const at::Tensor& value, bool now) {
  if (value.is_cpu() || now) {
    gradient_found_ = gradient_found_ || !std::isfinite(value.is_cpu() ? number_at(value) : value.item<double>());
    return;
  }
  const at::Tensor found = at::isfinite(value.detach()).logical_not_().to(at::kInt);
  if (flag_.defined() && flag_.device() == found.device()) flag_.add_(found);
  else flag_ = found;
}

void NanGuardHook::before_optim_step(OptimPoint& point) {
  const at::NoGradGuard no_grad;
  OptimWrapper& optim = (*point.runner.optims())[point.name];
  const at::Tensor norm = norm_of(optim.optimizer().grads(), 2);
  if (!norm.defined()) return;
  const bool before = std::exchange(gradient_found_, false);
  note(norm, options_.action == Action::skip);
  if (gradient_found_) optim.zero_grad();
  gradient_found_ = gradient_found_ || before;
}

void NanGuardHook::after_train_iter(TrainIter& point) {
  const at::NoGradGuard no_grad;
  if (const LossMap& losses = *point.losses; losses.has_total()) {
    const at::Tensor& total = losses.total();
    if (total.is_cpu()) {
      loss_found_ = !std::isfinite(number_at(total));
    } else {
      note(total, false);
      if (point.done % options_.interval == 0 && flag_.item<int>() > 0) {
        loss_found_ = true;
        flag_.reset();
      }
    }
  }
  Ranks& ranks = point.runner.context().ranks;
  if (ranks.agree(gradient_found_ || loss_found_ ? 1 : 0) != 0) act(point);
  else in_a_row_ = 0;
}

std::string NanGuardHook::what_was_found(TrainIter& point) const {
  const auto losses = [&]() -> std::string {
    for (const LossMap::Entry& entry : point.losses->entries())
      if (const double value = entry.value.item<double>(); !std::isfinite(value))
        return fmt::format("the {} of iteration {} is {}", std::string(entry.name.name()), point.done,
                           std::isnan(value) ? "nan"
                           : value > 0       ? "inf"
                                             : "-inf");
    return "";
  };
  std::string text = losses();
  if (text.empty()) text = fmt::format("a gradient of iteration {} is not finite", point.done);
  try {
    const PrecisionScope scope(point.runner.precision(), point.runner.context().device);
    const std::string source = source_of_not_finite(point.runner.model(), point.batch, *point.runner.optims());
    if (!source.empty()) return text + ": " + source;
  } catch (const std::exception& error) {
    return text + " (run again, the batch failed: " + error.what() + ")";
  }
  return text + "; run again, the batch gives finite values, or can't be run again";
}

void NanGuardHook::act(TrainIter& point) {
  Runner& runner = point.runner;
  const std::string found = what_was_found(point);
  if (options_.action == Action::stop)
    throw Error(found).note("NanGuardHook ends the run; action='skip' leaves such updates out").help("action='skip'");
  if (++in_a_row_ >= options_.patience)
    throw Error(found).note(fmt::format("NanGuardHook has met such values in {} iterations in a row", in_a_row_));
  if (options_.action == Action::skip) {
    put_back(buffers_before_);
    runner.logger().warning(found + "; its update is left out");
  } else {
    roll_back(runner);
    runner.logger().warning(fmt::format("{}; the weights go back to those after iteration {}", found, snapshot_iter_));
  }
}

void NanGuardHook::take_snapshot(Runner& runner) {
  std::vector<at::Tensor> all = weights_;
  all.insert(all.end(), buffers_.begin(), buffers_.end());
  copy_into(snapshot_, all);
  moments_ = State::dict();
  for (const OptimSet::Entry& entry : runner.optims()->entries())
    moments_[entry.name] = entry.optim->optimizer().state_dict().at("state").snapshot();
  snapshot_iter_ = runner.iter();
}

void NanGuardHook::roll_back(Runner& runner) {
  put_back(snapshot_);
  for (const OptimSet::Entry& entry : runner.optims()->entries()) {
    Optimizer& optimizer = entry.optim->optimizer();
    State state = optimizer.state_dict();  // its settings are those of the schedules, which go on
    state["state"] = moments_.at(entry.name).snapshot();
    optimizer.load_state_dict(state);
    optimizer.zero_grad();
  }
}

MILLRACE_REGISTER(Hook, NanGuardHook);

}  // namespace millrace
