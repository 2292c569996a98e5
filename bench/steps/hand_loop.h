#pragma once

#include <ATen/autocast_mode.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/randperm.h>
#include <ATen/ops/zeros_like.h>

#include <memory>
#include <utility>
#include <vector>

#include "bench/steps/networks.h"
#include "millrace/nn/memory_format.h"

namespace millrace::bench {

/// How everyone trains.
struct Settings {
  int64_t batch;
  bool channels_last = false;
  bool bf16 = false;
};
constexpr double kRate = 0.01, kMomentum = 0.9;

/// The loop that one would write by hand on libtorch: shuffled rows of tensors in memory, fused SGD with momentum.
class HandLoop {
 public:
  HandLoop(std::shared_ptr<Network> net, at::Tensor inputs, at::Tensor labels, const Settings& settings)
      : net_(std::move(net)),
        inputs_(std::move(inputs)),
        labels_(std::move(labels)),
        order_(at::randperm(inputs_.size(0))),
        batch_(settings.batch),
        bf16_(settings.bf16) {
    if (settings.channels_last) nn::to_channels_last(view_of(*net_));
    for (const at::Tensor& param : net_->parameters()) {
      params_.push_back(param);
      momenta_.push_back(at::zeros_like(param));
    }
  }
  void step() {
    if (next_ + batch_ > order_.size(0)) next_ = 0, order_ = at::randperm(order_.size(0));
    const at::Tensor rows = order_.slice(0, next_, next_ + batch_);
    next_ += batch_;
    at::autocast::set_autocast_enabled(at::kCPU, bf16_);
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    const at::Tensor loss =
        at::cross_entropy_loss(net_->forward(inputs_.index_select(0, rows)), labels_.index_select(0, rows));
    at::autocast::set_autocast_enabled(at::kCPU, false);
    if (bf16_) at::autocast::clear_cache();
    loss.backward();
    const at::NoGradGuard no_grad;
    std::vector<at::Tensor> grads;
    for (const at::Tensor& param : params_) grads.push_back(param.grad());
    at::_fused_sgd_(params_, grads, momenta_, 0.0, kMomentum, kRate, 0.0, false, false, first_);
    first_ = false;
    for (at::Tensor& param : params_) param.mutable_grad().reset();
  }

 private:
  std::shared_ptr<Network> net_;
  at::Tensor inputs_, labels_, order_;
  std::vector<at::Tensor> params_, momenta_;
  int64_t batch_, next_ = 0;
  bool bf16_, first_ = true;
};

}  // namespace millrace::bench
