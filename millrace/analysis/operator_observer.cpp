#include "millrace/analysis/operator_observer.h"

#include <ATen/record_function.h>

#include <memory>
#include <vector>

#include "millrace/analysis/flops.h"

namespace millrace {
namespace {

struct Watching {
  OperatorObserver* observer = nullptr;
  bool is_in_counted = false;  // an operator of the table runs; what it calls is its own affair
};
thread_local Watching watching;

struct Running final : at::ObserverContext {
  std::vector<at::Tensor> inputs;
  std::optional<Flops> flops;
};

void collect(std::vector<at::Tensor>& into, const c10::IValue& value) {
  if (value.isTensor()) {
    if (value.toTensor().defined()) into.push_back(value.toTensor());
  } else if (value.isTensorList()) {
    for (const at::Tensor& tensor : value.toTensorVector()) into.push_back(tensor);
  }
}

// The arguments are there only now, the output only at the end.
std::unique_ptr<at::ObserverContext> started(const at::RecordFunction& function) {
  if (!watching.observer || watching.is_in_counted) return nullptr;
  auto running = std::make_unique<Running>();
  for (const c10::IValue& argument : function.inputs()) collect(running->inputs, argument);
  Flops flops;
  if (flops_of_operator(function.name(), function.inputs(), flops)) {
    running->flops = flops;
    watching.is_in_counted = true;
  }
  return running;
}

void ended(const at::RecordFunction& function, at::ObserverContext* context) {
  if (!context) return;
  const auto& running = static_cast<const Running&>(*context);
  if (running.flops) watching.is_in_counted = false;
  if (!watching.observer || function.outputs().empty()) return;  // no outputs: it has thrown
  std::vector<at::Tensor> outputs;
  for (const c10::IValue& result : function.outputs()) collect(outputs, result);
  OperatorObserver::Call call{function.name(), running.inputs, outputs.empty() ? at::Tensor() : outputs[0], {}};
  if (running.flops) call.flops = running.flops->total(call.output);
  watching.observer->after_operator(call);
}

}  // namespace

OperatorObserver::Scope::Scope(OperatorObserver& observer) : observer_(watching.observer, &observer) {
  if (observer_.before()) return;
  callback_ = at::addThreadLocalCallback(at::RecordFunctionCallback(started, ended)
                                             .needsInputs(true)
                                             .needsOutputs(true)
                                             .scopes({at::RecordScope::FUNCTION}));
}

OperatorObserver::Scope::~Scope() {
  if (!observer_.before()) at::removeCallback(callback_);
}

}  // namespace millrace
