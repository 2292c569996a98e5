#pragma once

#include <vector>

#include "millrace/dist/grad_sync.h"

namespace millrace {

class Ranks;

/// Averages gradients with the collective calls of Ranks, one after the other, after the backward pass. Before each
/// forward pass all ranks get the buffers of rank 0. Communication does not overlap with the backward pass, so use it
/// for ranks in memory and small networks.
class RanksGradSync final : public GradSync {
 public:
  /// `ranks` must outlive it.
  explicit RanksGradSync(Ranks& ranks) : ranks_(ranks) {}

  void attach(std::span<const Named> params, std::span<const Named> buffers) override;
  void before_forward() override;
  void arm(const at::Tensor&) override {}
  void finish() override;
  bool agree(bool finite) override;
  at::Tensor mean(const at::Tensor& loss) override;
  void after_step() override {}
  State gathered(State own) override { return own; }

 private:
  Ranks& ranks_;
  std::vector<at::Tensor> params_, buffers_;
};

}  // namespace millrace
