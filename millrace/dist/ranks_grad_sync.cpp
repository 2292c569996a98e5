#include "millrace/dist/ranks_grad_sync.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

#include "millrace/base/error.h"
#include "millrace/dist/ranks.h"

namespace millrace {

namespace {

/// "fc.weight (10, 84) float".
std::string layout_of(const GradSync::Named& named) {
  std::ostringstream dtype;
  dtype << named.tensor.scalar_type();
  return fmt::format("{} ({}) {}", named.name, fmt::join(named.tensor.sizes(), ", "), dtype.str());
}

void refuse_other_layouts(const std::vector<State>& all, int rank) {
  for (size_t other = 0; other < all.size(); ++other) {
    const State::List &first = all[0].items(), &theirs = all[other].items();
    if (theirs.size() != first.size())
      throw Error(fmt::format("rank {}: the network has {} tensors on rank {}, and {} on rank 0", rank, theirs.size(),
                              other, first.size()));
    for (size_t i = 0; i < first.size(); ++i)
      if (theirs[i].string() != first[i].string())
        throw Error(fmt::format("rank {}: the network differs between ranks: {} on rank {}, {} on rank 0", rank,
                                theirs[i].string(), other, first[i].string()));
  }
}

}  // namespace

void RanksGradSync::attach(std::span<const Named> params, std::span<const Named> buffers) {
  const at::NoGradGuard no_grad;
  State layout = State::list();
  for (const auto& part : {params, buffers})
    for (const Named& named : part) layout.push_back(layout_of(named));
  refuse_other_layouts(ranks_.all_gather(layout), ranks_.rank());
  for (const Named& named : params) params_.push_back(named.tensor);
  for (const Named& named : buffers) buffers_.push_back(named.tensor);
  for (const at::Tensor& param : params_) ranks_.broadcast_(param.detach());
  before_forward();
}

void RanksGradSync::before_forward() {
  for (const at::Tensor& buffer : buffers_) ranks_.broadcast_(buffer);
}

void RanksGradSync::finish() {
  const at::NoGradGuard no_grad;
  // A parameter that this rank's loss did not reach counts as zero where another rank's reached it.
  const at::Tensor reached = at::zeros({static_cast<int64_t>(params_.size())}, at::kInt);
  int32_t* const flags = reached.mutable_data_ptr<int32_t>();
  for (size_t i = 0; i < params_.size(); ++i) flags[i] = params_[i].grad().defined();
  ranks_.all_reduce_(reached, Ranks::Reduce::max);
  for (size_t i = 0; i < params_.size(); ++i) {
    if (!flags[i]) continue;
    at::Tensor& grad = params_[i].mutable_grad();
    if (!grad.defined()) grad = at::zeros_like(params_[i]);
    ranks_.all_reduce_(grad, Ranks::Reduce::sum);
    grad.div_(ranks_.size());
  }
}

bool RanksGradSync::agree(bool finite) { return ranks_.agree(finite ? 0 : 1) == 0; }

at::Tensor RanksGradSync::mean(const at::Tensor& loss) {
  at::Tensor sum = loss.detach().clone();
  ranks_.all_reduce_(sum, Ranks::Reduce::sum);
  return sum.div_(ranks_.size());
}

}  // namespace millrace
