#include "millrace/hooks/grad_norm_hook.h"

#include <ATen/core/grad_mode.h>

#include <limits>
#include <utility>

#include "millrace/base/text.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/runner/runner.h"

namespace millrace {

GradNormHook::GradNormHook(Options options) : options_(checked<GradNormHook>(std::move(options))) {
  const double* p = std::get_if<double>(&options_.norm_type);
  p_ = p ? *p : std::numeric_limits<double>::infinity();
}

void GradNormHook::before_train(RunPoint& point) {
  Runner& runner = point.runner;
  wholes_.clear(), parts_.clear();
  for (const OptimSet::Entry& entry : runner.optims()->entries()) {
    const std::string name = entry.name.empty() ? "grad_norm" : entry.name + ".grad_norm";
    wholes_.push_back({entry.name, runner.hub().scalar(mode_tag(Mode::train, name))});
  }
  const ModuleView root = runner.model().modules();
  std::vector<std::string> known;
  root.walk([&](const ModuleView& view) { known.push_back(view.path); });
  for (const std::string& path : options_.parts) {
    const ModuleView* part = root.find(path);
    if (!part) throw Error("GradNormHook.parts: the model has no '" + path + "'" + did_you_mean(path, known));
    std::vector<at::Tensor> params;
    for (const ModuleView::Named& param : part->all_params()) params.push_back(param.tensor);
    parts_.push_back({runner.hub().scalar(mode_tag(Mode::train, "grad_norm_" + path)), std::move(params)});
  }
}

void GradNormHook::before_optim_step(OptimPoint& point) {
  const at::NoGradGuard no_grad;
  for (Whole& whole : wholes_) {
    if (whole.optim != point.name || whole.steps++ % options_.interval != 0) continue;
    OptimWrapper& optim = (*point.runner.optims())[point.name];
    if (!optim.grad_norm().defined())
      if (const at::Tensor norm = norm_of(optim.optimizer().grads(), p_); norm.defined())
        point.runner.hub().update(whole.id, norm);
    for (const Part& part : parts_) {
      std::vector<at::Tensor> grads;
      for (const at::Tensor& param : part.params)
        if (param.grad().defined()) grads.push_back(param.grad());
      if (const at::Tensor norm = norm_of(grads, p_); norm.defined()) point.runner.hub().update(part.id, norm);
    }
  }
}

MILLRACE_REGISTER(Hook, GradNormHook);

}  // namespace millrace
