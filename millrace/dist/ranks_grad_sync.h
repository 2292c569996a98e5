#pragma once

#include <vector>

#include "millrace/dist/grad_sync.h"

namespace millrace {

class Ranks;

/// Averages gradients by the collective calls of Ranks, one after the other, when the backward pass is over. Buffers are
/// those of rank 0 before each forward pass. Nothing overlaps; for in-memory ranks and small networks.
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
