#include "millrace/runner/finite_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "millrace/base/mode.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/model/weights.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"

namespace millrace {

namespace {

const std::string kTrain = mode_tag(Mode::train, "");

/// The optimizer whose norm of gradients has this name; null for a loss.
const OptimWrapper* norm_of(const OptimSet& optims, const std::string& name) {
  for (const OptimSet::Entry& entry : optims.entries())
    if (name == (entry.name.empty() ? "grad_norm" : entry.name + ".grad_norm")) return entry.optim.get();
  return nullptr;
}

}  // namespace

std::string FiniteWatch::Finding::text() const {
  return fmt::format("the {} of iteration {} is {}", name, iter,
                     std::isnan(value) ? "nan"
                     : value > 0       ? "inf"
                                       : "-inf");
}

void FiniteWatch::look(const MessageHub& hub, const OptimSet& optims, int64_t done, Logger& logger) {
  const int64_t since = done - std::exchange(looked_, done);
  if (first_ || since <= 0) return;
  for (const ScalarId id : hub.scalars()) {
    const std::string& full_name = hub.name(id);
    if (!full_name.starts_with(kTrain)) continue;
    const std::string name = full_name.substr(kTrain.size());
    const OptimWrapper* optim = norm_of(optims, name);
    if (!optim && name.find("loss") == std::string::npos) continue;
    const std::span<const double> values = hub.history(id).values();
    const auto count = static_cast<int64_t>(values.size());
    for (int64_t i = std::max<int64_t>(0, count - since); i < count; ++i) {
      if (std::isfinite(values[static_cast<size_t>(i)])) continue;
      // A loss has an entry for each iteration, a norm one for each step.
      const int64_t iter = optim ? optim->updates_at_step(count - 1 - i) : done - (count - 1 - i);
      if (!first_ || iter < first_->iter) first_ = Finding{name, values[static_cast<size_t>(i)], iter};
      break;
    }
  }
  if (first_)
    logger.warning(first_->text() + ": the weights may be lost from here on; a lower lr or a clip_grad may help");
}

const std::string& FiniteWatch::broken_weight(const Model& model, int64_t iter, Logger& logger) {
  if (std::exchange(weights_iter_, iter) == iter) return broken_weight_;
  const bool was_broken = !broken_weight_.empty();
  broken_weight_ = first_not_finite(model.modules()).value_or("");
  if (!broken_weight_.empty() && !was_broken)
    logger.warning(fmt::format("the weights are not finite after iteration {}: the first such tensor is {}", iter,
                               broken_weight_));
  return broken_weight_;
}

State FiniteWatch::state_dict() const {
  if (!first_) return {};
  return State::dict({{"name", first_->name}, {"value", first_->value}, {"iter", first_->iter}});
}

void FiniteWatch::load_state_dict(const State& state) {
  if (!state.is_dict()) return;
  first_ = Finding{state.at("name").string(), state.at("value").number(), state.at("iter").integer()};
}

}  // namespace millrace
