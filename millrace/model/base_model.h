#pragma once

#include <torch/nn/module.h>

#include <memory>

#include "millrace/model/data_preprocessor.h"
#include "millrace/model/model.h"
#include "millrace/nn/call_observer.h"

namespace millrace {

/// A model that is a `torch::nn::Module`: derive, register the layers, override `loss` and `predict`.
///
///     class Net : public BaseModel {
///       LossMap loss(Batch& batch) override {
///         return {{kLoss, at::cross_entropy_loss(forward(batch.tensor(keys::inputs)), batch.tensor(keys::gt_label))}};
///       }
///       void predict(Batch& batch) override {
///         batch.set(keys::pred_score, Dense{forward(batch.tensor(keys::inputs)).softmax(1)});
///       }
///       at::Tensor forward(at::Tensor x) override { return fc_(x.flatten(1)); }
///       nn::Linear fc_ = register_module("fc", nn::Linear(784, 10));
///     };
///
/// Both are given a batch on the device whose `inputs` the data preprocessor has written. A model of several optimizers
/// overrides train_step.
class BaseModel : public torch::nn::Module, public Model {
 public:
  /// `data_preprocessor` null: a BaseDataPreprocessor.
  explicit BaseModel(std::shared_ptr<DataPreprocessor> data_preprocessor = nullptr);
  ~BaseModel() override;

  /// Losses by name, each a tensor on the device; those with "loss" in their name are added up and minimised.
  virtual LossMap loss(Batch& batch) = 0;
  virtual void predict(Batch& batch) = 0;
  /// The network alone, inputs to raw outputs: what summaries and exports run. Throws Error unless overridden.
  virtual at::Tensor forward(at::Tensor inputs);

  // Model. A step of training is: preprocess, loss, the one optimizer's update.
  LossMap train_step(Batch& batch, OptimSet& optims) override;
  void val_step(Batch& batch) override;
  bool swaps_channels() const override { return data_preprocessor_->swaps_channels(); }
  ModuleView modules() const override;
  void set_training(bool training) override { train(training); }
  bool is_training() const noexcept override { return torch::nn::Module::is_training(); }
  /// The init_cfg of every part, parents first (nn::init_weights).
  void init_weights() override;
  void to(const c10::Device& device) override;
  c10::Device device() const override { return data_preprocessor_->device(); }

  // libtorch's spellings of `to`; the one above moves the data preprocessor, too.
  void to(c10::Device device, c10::ScalarType dtype, bool non_blocking = false) override;
  void to(c10::Device device, bool non_blocking) override;
  void to(c10::ScalarType dtype, bool non_blocking = false) override;

  DataPreprocessor& data_preprocessor() { return *data_preprocessor_; }

 private:
  std::shared_ptr<DataPreprocessor> data_preprocessor_;
};

}  // namespace millrace
