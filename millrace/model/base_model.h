#pragma once

#include <torch/nn/module.h>

#include "millrace/model/stepped_model.h"
#include "millrace/nn/call_observer.h"

namespace millrace {

/// A model that is a `torch::nn::Module`: derive, register the layers, override `loss` and `predict`.
///
///     class Line : public BaseModel {
///       LossMap loss(Batch& batch) override {
///         return {{"loss"_key, at::mse_loss(forward(batch.tensor(keys::inputs)), batch.tensor("height"_key))}};
///       }
///       void predict(Batch& batch) override {
///         batch.set(kPredHeight, Dense{forward(batch.tensor(keys::inputs))});
///       }
///       at::Tensor forward(at::Tensor x) override { return fc_(x); }
///       nn::Linear fc_ = register_module("fc", nn::Linear(8, 1));
///     };
///
/// The steps are SteppedModel's.
class BaseModel : public torch::nn::Module, public SteppedModel {
 public:
  using SteppedModel::SteppedModel;
  ~BaseModel() override;

  ModuleView modules() const override;
  void set_training(bool training) override { train(training); }
  bool is_training() const noexcept override { return torch::nn::Module::is_training(); }
  /// Applies the init_cfg of every module, parents first (nn::init_weights).
  void init_weights() override;
  void to(const c10::Device& device) override;

  // libtorch's overloads of `to`; the one above moves the data preprocessor, too.
  void to(c10::Device device, c10::ScalarType dtype, bool non_blocking = false) override;
  void to(c10::Device device, bool non_blocking) override;
  void to(c10::ScalarType dtype, bool non_blocking = false) override;
};

}  // namespace millrace
