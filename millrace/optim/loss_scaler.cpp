#include "millrace/optim/loss_scaler.h"

#include <ATen/ops/_amp_foreach_non_finite_check_and_unscale.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <map>

namespace millrace {

LossScaler::LossScaler(const Options& options)
    : options_(options), scale_(options.enabled ? options.init_scale : 1.0) {}

LossScaler LossScaler::fixed(double scale) {
  LossScaler scaler(Options{.init_scale = scale});
  scaler.fixed_ = true;
  return scaler;
}

bool LossScaler::unscale_(const std::vector<at::Tensor>& grads) const {
  // The operator wants one device and one dtype a call.
  std::map<std::pair<std::string, c10::ScalarType>, std::vector<at::Tensor>> alike;
  for (const at::Tensor& grad : grads) alike[{grad.device().str(), grad.scalar_type()}].push_back(grad);
  bool finite = true;
  for (auto& [kind, some] : alike) {
    const auto one = at::TensorOptions().dtype(at::kFloat).device(some[0].device());
    at::Tensor found = at::zeros({1}, one);
    at::_amp_foreach_non_finite_check_and_unscale_(some, found, at::full({1}, 1.0 / scale_, one));
    finite = finite && found.item<float>() == 0;
  }
  return finite;
}

void LossScaler::update(bool finite) {
  if (fixed_ || !options_.enabled) return;
  if (!finite) {
    scale_ *= options_.backoff_factor;
    growth_tracker_ = 0;
  } else if (++growth_tracker_ == options_.growth_interval) {
    const double grown = scale_ * options_.growth_factor;
    if (std::isfinite(static_cast<float>(grown))) scale_ = grown;
    growth_tracker_ = 0;
  }
}

bool LossScaler::back_off() {
  if (fixed_ || !options_.enabled || scale_ <= 1) return false;
  update(false);
  return true;
}

State LossScaler::state_dict() const {
  if (!options_.enabled) return State::dict();
  return State::dict({{"scale", scale_},
                      {"growth_factor", options_.growth_factor},
                      {"backoff_factor", options_.backoff_factor},
                      {"growth_interval", options_.growth_interval},
                      {"_growth_tracker", growth_tracker_}});
}

void LossScaler::load_state_dict(const State& state) {
  if (fixed_ || !options_.enabled) return;
  if (const State* scale = state.find("scale")) scale_ = scale->number();
  if (const State* tracker = state.find("_growth_tracker")) growth_tracker_ = tracker->integer();
}

}  // namespace millrace
