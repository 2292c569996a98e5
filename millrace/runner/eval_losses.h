#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "millrace/base/mode.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

class Batch;
class Model;
class Ranks;

/// The losses of a validation or a test: the mean of each over the batches of all ranks.
///
///     EvalLosses means;
///     MetricMap metrics;
///     means.add(model, batch);                       // after the model's val_step
///     means.give(metrics, Mode::val, ranks);         // loss_cls, loss_bbox and val_loss, the sum of those
///
/// The mean is one of batches, as MMEngine's, not one of samples. The sums stay on the device until give(). They are those
/// of the network in evaluation mode, without what a training does to its batches (Mixup and others).
class EvalLosses {
 public:
  /// The model's `loss` of a batch that it has predicted. Throws Error if it is no SteppedModel.
  void add(Model& model, Batch& batch);
  /// Adds the means, and val_loss (test_loss): the sum of those with "loss" in their name. Begins anew. Every rank makes
  /// this call. Throws Error if a loss has the name of a metric.
  void give(MetricMap& metrics, Mode mode, Ranks& ranks);

 private:
  struct Sum {
    std::string name;
    at::Tensor sum;
    int64_t batches = 0;
  };
  std::vector<Sum> sums_;
};

}  // namespace millrace
