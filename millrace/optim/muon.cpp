#include "millrace/optim/muon.h"

#include <ATen/ops/addmm.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/norm.h>

#include <algorithm>
#include <cmath>

#include "millrace/optim/adam.h"
#include "millrace/optim/step_count.h"

namespace millrace {

namespace {

/// The first four as Adam has them.
enum MuonState : size_t { muon_step, muon_mean, muon_square, muon_max_square, muon_buffer };

/// A setting of AdamW, changed by the factor by which the group differs from the optimizer.
double as_given(double adamw, const State* given, double base) {
  return given && base != 0 ? adamw * given->number() / base : adamw;
}

/// The matrices of a group and its other parameters.
std::pair<ParamGroup, ParamGroup> split(const ParamGroup& group, const MuonOptions& o) {
  std::pair<ParamGroup, ParamGroup> parts;
  auto& [matrices, others] = parts;
  matrices.given = others.given = group.given;
  others.given["lr"] = as_given(o.adamw.lr, group.given.find("lr"), o.lr);
  others.given["weight_decay"] = as_given(o.adamw.weight_decay, group.given.find("weight_decay"), o.weight_decay);
  others.given["use_muon"] = false;
  const State* use = group.given.find("use_muon");
  const bool may_use = use ? use->boolean() : o.use_muon;
  for (size_t i = 0; i < group.params.size(); ++i) {
    ParamGroup& part = may_use && group.params[i].dim() == 2 ? matrices : others;
    part.params.push_back(group.params[i]);
    if (i < group.names.size()) part.names.push_back(group.names[i]);
    if (!group.file_groups.empty()) part.file_groups.push_back(group.file_groups[i]);
  }
  return parts;
}

std::vector<ParamGroup> split_all(const std::vector<ParamGroup>& groups, const MuonOptions& options) {
  std::vector<ParamGroup> parts;
  for (const ParamGroup& group : groups) {
    auto [matrices, others] = split(group, options);
    for (ParamGroup* part : {&matrices, &others})
      if (!part->params.empty()) parts.push_back(std::move(*part));
  }
  return parts;
}

/// The nearest matrix whose singular values are all about 1.
at::Tensor orthogonalised(const at::Tensor& matrix, const MuonOptions& o) {
  const auto [a, b, c] = o.ns_coefficients;
  const bool is_tall = matrix.size(0) > matrix.size(1);
  at::Tensor x = matrix.to(matrix.scalar_type() == at::kDouble ? at::kDouble : at::kBFloat16);
  if (is_tall) x = x.t();
  x = x.div(x.norm().clamp_min(o.eps));
  for (int64_t i = 0; i < o.ns_steps; ++i) {
    const at::Tensor gram = at::mm(x, x.t());
    x = at::addmm(x, at::addmm(gram, gram, gram, b, c), x, a);
  }
  return is_tall ? x.t() : x;
}

double shape_factor(const at::Tensor& param, const MuonOptions& o) {
  const auto rows = static_cast<double>(param.size(0)), columns = static_cast<double>(param.size(1));
  if (o.adjust_lr_fn == MuonOptions::AdjustLr::match_rms_adamw) return 0.2 * std::sqrt(std::max(rows, columns));
  return std::sqrt(std::max(1.0, rows / columns));
}

}  // namespace

Muon::Muon(std::vector<ParamGroup> groups, const Options& options)
    : OptimizerWith(split_all(groups, options), of<Muon>(options),
                    {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer"}) {}

bool Muon::keeps(const Options& options, size_t column) const {
  return options.use_muon ? column == muon_buffer : column < muon_max_square;
}

bool Muon::fuses(const Options& options) const { return !options.use_muon; }

at::Tensor Muon::make_state(const Options&, size_t column, const at::Tensor& param) const {
  return column == muon_step ? new_step_count(param) : at::zeros_like(param);
}

void Muon::step_bucket(const Options& o, Bucket& bucket) {
  if (!o.use_muon) {
    return step_adam_bucket({.lr = o.lr,
                             .betas = o.adamw.betas,
                             .eps = o.adamw.eps,
                             .weight_decay = o.weight_decay,
                             .decoupled_weight_decay = true},
                            bucket);
  }
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    at::Tensor& param = bucket.params[i];
    at::Tensor& buffer = bucket.state[muon_buffer][i];
    buffer.lerp_(bucket.grads[i], 1 - o.momentum);
    const at::Tensor direction = o.nesterov ? bucket.grads[i].lerp(buffer, o.momentum) : buffer;
    const at::Tensor step = orthogonalised(direction, o);
    param.mul_(1 - o.lr * o.weight_decay).add_(step, -o.lr * shape_factor(param, o));
  }
}

MILLRACE_REGISTER(Optimizer, Muon);

}  // namespace millrace
