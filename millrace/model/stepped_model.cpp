#include "millrace/model/stepped_model.h"

#include <ATen/core/grad_mode.h>

#include "millrace/base/class_name.h"
#include "millrace/base/error.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"

namespace millrace {

SteppedModel::SteppedModel(std::shared_ptr<DataPreprocessor> data_preprocessor)
    : data_preprocessor_(data_preprocessor ? std::move(data_preprocessor) : std::make_shared<BaseDataPreprocessor>()) {}

SteppedModel::~SteppedModel() = default;

at::Tensor SteppedModel::forward(at::Tensor) {
  throw Error(class_name_of(typeid(*this)) + " has no forward: it cannot be called with a bare tensor");
}

LossMap SteppedModel::train_step(Batch& batch, OptimSet& optims) {
  check_batch(batch);
  data_preprocessor_->process(batch, DataPreprocessor::Purpose::training);
  return optims.only().step([&] { return loss(batch); });
}

void SteppedModel::val_step(Batch& batch) {
  data_preprocessor_->process(batch, DataPreprocessor::Purpose::evaluation);
  predict(batch);
}

void SteppedModel::to(const c10::Device& device) {
  const at::NoGradGuard no_grad;
  for (const ModuleView::Named& each : modules().state()) each.tensor.set_data(each.tensor.to(device));
  data_preprocessor_->to(device);
}

}  // namespace millrace
