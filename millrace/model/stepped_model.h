#pragma once

#include <ATen/core/Tensor.h>

#include <memory>

#include "millrace/model/data_preprocessor.h"
#include "millrace/model/model.h"

namespace millrace {

/// A model whose step is the usual one, whatever its network is made of: torch::nn modules (BaseModel), a TorchScript
/// file, an exported graph, plain tensors.
///
///     train_step:  preprocess, then the one optimizer's step, which asks for loss(batch), LBFGS several times
///     val_step:    preprocess, predict(batch)
///
/// `loss` and `predict` get a batch on the device whose `inputs` the data preprocessor has written. A model of several
/// optimizers overrides train_step.
class SteppedModel : public Model {
 public:
  /// `data_preprocessor` null: a BaseDataPreprocessor.
  explicit SteppedModel(std::shared_ptr<DataPreprocessor> data_preprocessor = nullptr);
  ~SteppedModel() override;

  /// Losses by name, each a tensor on the device; those with "loss" in their name are added up and minimised. May be
  /// called several times for one batch.
  virtual LossMap loss(Batch& batch) = 0;
  /// Adds `pred_*` columns to the batch.
  virtual void predict(Batch& batch) = 0;
  /// The network alone, inputs to raw outputs: what summaries and exports run. Throws Error unless overridden.
  virtual at::Tensor forward(at::Tensor inputs);

  // Model.
  LossMap train_step(Batch& batch, OptimSet& optims) override;
  void val_step(Batch& batch) override;
  /// Every tensor of modules(), and the data preprocessor. Tensors stay the same objects: optimizers keep theirs.
  void to(const c10::Device& device) override;
  c10::Device device() const override { return data_preprocessor_->device(); }

  DataPreprocessor& data_preprocessor() { return *data_preprocessor_; }

 private:
  std::shared_ptr<DataPreprocessor> data_preprocessor_;
};

}  // namespace millrace
