#include "millrace/model/base_model.h"

#include "millrace/base/error.h"
#include "millrace/nn/initializer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"

namespace millrace {

BaseModel::BaseModel(std::shared_ptr<DataPreprocessor> data_preprocessor)
    : data_preprocessor_(data_preprocessor ? std::move(data_preprocessor) : std::make_shared<BaseDataPreprocessor>()) {}

BaseModel::~BaseModel() = default;

at::Tensor BaseModel::forward(at::Tensor) {
  throw Error(name() + " has no forward: it cannot be called with a bare tensor");
}

LossMap BaseModel::train_step(Batch& batch, OptimSet& optims) {
  data_preprocessor_->process(batch, /*training=*/true);
  LossMap losses = loss(batch);
  optims.only().update(losses);
  return losses;
}

void BaseModel::val_step(Batch& batch) {
  data_preprocessor_->process(batch, /*training=*/false);
  predict(batch);
}

ModuleView BaseModel::modules() const { return view_of(*this); }

void BaseModel::init_weights() { nn::init_weights(*this); }

void BaseModel::to(const c10::Device& device) { to(device, /*non_blocking=*/false); }

void BaseModel::to(c10::Device device, c10::ScalarType dtype, bool non_blocking) {
  torch::nn::Module::to(device, dtype, non_blocking);
  data_preprocessor_->to(device);
}

void BaseModel::to(c10::Device device, bool non_blocking) {
  torch::nn::Module::to(device, non_blocking);
  data_preprocessor_->to(device);
}

void BaseModel::to(c10::ScalarType dtype, bool non_blocking) { torch::nn::Module::to(dtype, non_blocking); }

}  // namespace millrace
