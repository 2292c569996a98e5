#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "millrace/model/training_modes.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/runner/gradient_leaves.h"

namespace millrace {

class Runner;

/// Looks at the first steps of a training for mistakes that nothing else would tell, and warns of each once:
///
///   - a step in which no optimizer was updated
///   - a tensor that gets a gradient in each step and belongs to no optimizer: a layer that was not registered
///   - a parameter that gets no gradient
///   - a part of the model that a step leaves in another mode; it is set back
///   - a transform that writes into the dataset
///
/// It sees the optimizers while it lives, and passes on what it sees to the observer that they had.
class FirstSteps final : public OptimObserver {
 public:
  static constexpr int64_t kSteps = 3;

  explicit FirstSteps(Runner& runner);
  ~FirstSteps() override;
  FirstSteps(const FirstSteps&) = delete;
  FirstSteps& operator=(const FirstSteps&) = delete;

  void begin_step();
  /// `iter` is that of the step, from 1. False once there is nothing more to look at.
  bool end_step(int64_t iter);

  void sees_loss(OptimWrapper& optim, const at::Tensor& loss) override;
  void before_backward(OptimWrapper& optim) override;
  void after_backward(OptimWrapper& optim) override;
  void before_step(OptimWrapper& optim) override;
  void after_step(OptimWrapper& optim) override;

 private:
  void warn_of_no_update(int64_t iter);
  void warn_of_leaves();
  void warn_without_gradient();
  void set_modes_back(int64_t iter);
  uint64_t parameter_versions() const;

  Runner& runner_;
  OptimObserver* inner_;
  int64_t steps_ = 0;
  bool is_updated_ = false;
  bool told_update_ = false, told_mode_ = false;
  uint64_t versions_ = 0;
  std::optional<TrainingModes> modes_;
  std::vector<GradientLeaf> strangers_, strangers_before_;  // leaves of no optimizer: of this step and of the last one
  std::set<const c10::TensorImpl*> with_gradient_;
};

}  // namespace millrace
