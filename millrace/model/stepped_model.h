#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "millrace/model/data_preprocessor.h"
#include "millrace/model/model.h"

namespace millrace {

/// A model with the usual step, for any network: torch::nn modules (BaseModel), a TorchScript file, an exported graph,
/// plain tensors.
///
///     train_step:  check, preprocess, then the one optimizer's step, which asks for loss(batch), LBFGS several times
///     val_step:    preprocess, predict(batch)
///
/// `loss` and `predict` get a batch on the device with the `inputs` of the data preprocessor. A model with several
/// optimizers overrides train_step.
class SteppedModel : public Model {
 public:
  /// Without a `data_preprocessor` it uses a BaseDataPreprocessor.
  explicit SteppedModel(std::shared_ptr<DataPreprocessor> data_preprocessor = nullptr);
  ~SteppedModel() override;

  /// Throws Error for a training batch that cannot be right. It is as the loader made it, on the CPU.
  virtual void check_batch(const Batch& batch) const {}
  /// Losses by name, each a tensor on the device; those with "loss" in their name are added up and minimised. May be
  /// called several times for one batch.
  virtual LossMap loss(Batch& batch) = 0;
  /// Adds `pred_*` columns to the batch.
  virtual void predict(Batch& batch) = 0;
  /// Only the network, from inputs to raw outputs, for summaries and exports. Throws Error unless overridden.
  virtual at::Tensor forward(at::Tensor inputs);

  // Model.
  LossMap train_step(Batch& batch, OptimSet& optims) override;
  void val_step(Batch& batch) override;
  /// Moves every tensor of modules(), and the data preprocessor. Tensors stay the same objects, so optimizers keep
  /// theirs.
  void to(const c10::Device& device) override;
  c10::Device device() const override { return data_preprocessor_->device(); }

  DataPreprocessor& data_preprocessor() { return *data_preprocessor_; }

 private:
  std::shared_ptr<DataPreprocessor> data_preprocessor_;
};

}  // namespace millrace
