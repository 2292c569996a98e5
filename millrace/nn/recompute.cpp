#include "millrace/nn/recompute.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "millrace/tensor/process.h"

namespace millrace::nn {
namespace {

thread_local bool recomputing = false;

/// Autocast of one device, and the default generator, as they were at some time; put in force while it lives.
struct Surroundings {
  explicit Surroundings(c10::DeviceType type)
      : device(type),
        autocast(at::autocast::is_autocast_enabled(type)),
        cache(at::autocast::is_autocast_cache_enabled()),
        dtype(at::autocast::get_autocast_dtype(type)),
        generator(generator_state()) {}
  void enter() const {
    at::autocast::set_autocast_enabled(device, autocast);
    at::autocast::set_autocast_cache_enabled(cache);
    at::autocast::set_autocast_dtype(device, dtype);
    set_generator_state(generator);
  }

  c10::DeviceType device;
  bool autocast, cache;
  at::ScalarType dtype;
  at::Tensor generator;
};

/// Autocast's cache of weights holds those of the first run without their gradient: neither run may use it.
class NoAutocastCache {
 public:
  NoAutocastCache() : outer_(at::autocast::is_autocast_cache_enabled()) {
    at::autocast::set_autocast_cache_enabled(false);
  }
  ~NoAutocastCache() { at::autocast::set_autocast_cache_enabled(outer_); }
  NoAutocastCache(const NoAutocastCache&) = delete;
  NoAutocastCache& operator=(const NoAutocastCache&) = delete;

 private:
  bool outer_;
};

class SecondRun {
 public:
  explicit SecondRun(const Surroundings& then) : now_(then.device), outer_(recomputing) {
    then.enter();
    at::autocast::set_autocast_cache_enabled(false);
    recomputing = true;
  }
  ~SecondRun() {
    now_.enter();
    recomputing = outer_;
  }
  SecondRun(const SecondRun&) = delete;
  SecondRun& operator=(const SecondRun&) = delete;

 private:
  Surroundings now_;
  bool outer_;
};

/// What a second run needs beside its input.
struct SecondRunPlan final : torch::CustomClassHolder {
  SecondRunPlan(std::function<at::Tensor(const at::Tensor&)> function, c10::DeviceType device)
      : f(std::move(function)), then(device) {}
  std::function<at::Tensor(const at::Tensor&)> f;
  Surroundings then;
};

struct Recompute final : torch::autograd::Function<Recompute> {
  static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& x,
                            const c10::intrusive_ptr<SecondRunPlan>& plan) {
    context->save_for_backward({x});
    context->saved_data["plan"] = c10::IValue::make_capsule(plan);
    const NoAutocastCache no_cache;
    return plan->f(x);
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list grads) {
    const auto capsule = context->saved_data["plan"].toCapsule();
    const auto& plan = static_cast<const SecondRunPlan&>(*capsule);
    const at::Tensor x = context->get_saved_variables()[0].detach().requires_grad_();
    at::Tensor y;
    {
      const at::AutoGradMode with_grad(true);
      const SecondRun second(plan.then);
      y = plan.f(x);
    }
    torch::autograd::backward({y}, {grads[0]});
    return {x.grad(), at::Tensor()};
  }
};

}  // namespace

bool is_recomputing() { return recomputing; }

at::Tensor recompute(std::function<at::Tensor(const at::Tensor&)> f, const at::Tensor& x) {
  if (!at::GradMode::is_enabled() || !x.requires_grad()) return f(x);
  const auto plan = c10::make_intrusive<SecondRunPlan>(std::move(f), x.device().type());
  return Recompute::apply(x, plan);
}

}  // namespace millrace::nn
