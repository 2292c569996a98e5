#include "tests/support/every_optimizer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linspace.h>

#include "tests/support/toy_optim.h"

namespace millrace {

std::vector<std::string> every_optimizer() {
  return {
      "{'type': 'Adamax', 'lr': 0.02, 'weight_decay': 0.1}",
      "{'type': 'NAdam', 'lr': 0.02, 'weight_decay': 0.1}",
      "{'type': 'NAdam', 'lr': 0.02, 'weight_decay': 0.1, 'decoupled_weight_decay': true, 'maximize': true}",
      "{'type': 'RAdam', 'lr': 0.02, 'weight_decay': 0.1, 'betas': [0.9, 0.9]}",
      "{'type': 'RAdam', 'lr': 0.02, 'weight_decay': 0.1, 'decoupled_weight_decay': true}",
      "{'type': 'Adagrad', 'lr': 0.1, 'lr_decay': 0.1, 'weight_decay': 0.1, 'initial_accumulator_value': 0.5}",
      "{'type': 'Adagrad', 'lr': 0.1, 'maximize': true, 'fused': false}",
      "{'type': 'Adadelta', 'weight_decay': 0.1}",
      "{'type': 'RMSprop', 'lr': 0.02, 'weight_decay': 0.1}",
      "{'type': 'RMSprop', 'lr': 0.02, 'momentum': 0.9}",
      "{'type': 'RMSprop', 'lr': 0.02, 'centered': true, 'eps': 0.1}",
      "{'type': 'RMSprop', 'lr': 0.02, 'centered': true, 'momentum': 0.9, 'eps': 0.1, 'maximize': true}",
      "{'type': 'Rprop', 'lr': 0.02, 'etas': [0.6, 1.4], 'step_sizes': [0.005, 0.03]}",
      "{'type': 'ASGD', 'lr': 0.1, 'lambd': 0.1, 't0': 2, 'weight_decay': 0.1}",
      "{'type': 'Lion', 'lr': 0.01, 'weight_decay': 0.1}",
      "{'type': 'Adan', 'lr': 0.02, 'weight_decay': 0.1}",
      "{'type': 'Adan', 'lr': 0.02, 'weight_decay': 0.1, 'no_prox': true}",
      "{'type': 'SGDScheduleFree', 'lr': 0.1, 'weight_decay': 0.1, 'warmup_steps': 3, 'r': 1}",
      "{'type': 'AdamWScheduleFree', 'lr': 0.02, 'weight_decay': 0.1, 'warmup_steps': 3}",
      "{'type': 'Lamb', 'lr': 0.02}",
      "{'type': 'Lamb', 'lr': 0.02, 'weight_decay': 0, 'always_adapt': true, 'bias_correction': false,"
      " 'max_grad_norm': null}",
      "{'type': 'Lamb', 'lr': 0.02, 'weight_decay': 0.1, 'decoupled_decay': true, 'grad_averaging': false,"
      " 'trust_clip': true}",
      "{'type': 'Lars', 'lr': 1, 'weight_decay': 0.1, 'trust_coeff': 0.05}",
      "{'type': 'Lars', 'lr': 1, 'momentum': 0.9, 'always_adapt': true, 'trust_clip': true, 'trust_coeff': 0.05,"
      " 'nesterov': true}",
      "{'type': 'Lars', 'lr': 0.1, 'momentum': 0.9, 'dampening': 0.2}",
      "{'type': 'Muon', 'lr': 0.02, 'adamw': {'lr': 0.01}}",
      "{'type': 'Muon', 'lr': 0.02, 'nesterov': false, 'adjust_lr_fn': 'match_rms_adamw', 'ns_steps': 3}",
      "{'type': 'TorchAdafactor', 'lr': 0.05, 'weight_decay': 0.1}",
      "{'type': 'TorchAdafactor', 'lr': 0.05, 'd': 1.5, 'eps': [0.001, 0.1], 'maximize': true}",
  };
}

std::shared_ptr<Optimizer> optimizer_of(const std::string& config, std::vector<ParamGroup> groups) {
  return Optimizer::Registry::build(config_text(config), "", std::move(groups));
}

std::vector<at::Tensor> walked_params(at::ScalarType dtype) {
  std::vector<at::Tensor> params;
  for (const std::vector<int64_t>& shape :
       std::vector<std::vector<int64_t>>{{5, 7}, {13}, {4, 3, 3, 3}, {6, 5, 1, 1}}) {
    const int64_t count = c10::multiply_integers(shape);
    const at::Tensor values = (at::linspace(1, 7, count, at::kDouble) * 3).sin().view(shape);
    params.push_back(values.to(dtype).requires_grad_());
  }
  return params;
}

void set_walk_grads(const std::vector<at::Tensor>& params, int64_t step) {
  for (const at::Tensor& param : params) {
    const at::Tensor value = param.detach().to(at::kDouble);
    const auto k = static_cast<double>(step);
    param.mutable_grad() = (value * (1 + 0.3 * k) + (value * 5 + k * 2).cos()).to(param.scalar_type()).contiguous();
  }
}

}  // namespace millrace
