#include "millrace/model/base_model.h"

#include "millrace/nn/initializer.h"

namespace millrace {

BaseModel::~BaseModel() = default;

ModuleView BaseModel::modules() const { return view_of(*this); }

void BaseModel::init_weights() { nn::init_weights(*this); }

void BaseModel::to(const c10::Device& device) { to(device, /*non_blocking=*/false); }

void BaseModel::to(c10::Device device, c10::ScalarType dtype, bool non_blocking) {
  torch::nn::Module::to(device, dtype, non_blocking);
  data_preprocessor().to(device);
}

void BaseModel::to(c10::Device device, bool non_blocking) {
  torch::nn::Module::to(device, non_blocking);
  data_preprocessor().to(device);
}

void BaseModel::to(c10::ScalarType dtype, bool non_blocking) { torch::nn::Module::to(dtype, non_blocking); }

}  // namespace millrace
