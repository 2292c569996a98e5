#include "millrace/runner/optim_bridge.h"

#include <fmt/format.h>

#include "millrace/base/text.h"
#include "millrace/dist/ranks.h"
#include "millrace/dist/ranks_grad_sync.h"
#include "millrace/model/model.h"
#include "millrace/optim/optim_observer.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/device.h"

namespace millrace {

Precision precision_of(const RunnerOptions& options, std::vector<std::string>& notices) {
  std::optional<Precision> wanted = options.precision;
  for (const auto& [name, components] : options.optim_wrapper.entries)
    for (const auto& component : components)
      if (!wanted) wanted = component.facts().precision;
  if (!wanted) return Precision::fp32;
  const at::Device device = checked_device(options.device);
  const Precision served = supported_precision(*wanted, device);
  if (served != *wanted)
    notices.push_back(
        fmt::format("{} on {} becomes {}", precision_name(*wanted), options.device, precision_name(served)));
  return served;
}

std::unique_ptr<OptimSet> build_optims(const RunnerOptions& options, const Model& model) {
  auto optims = std::make_unique<OptimSet>();
  const ModuleView whole = model.modules();
  for (const auto& [name, components] : options.optim_wrapper.entries) {
    const ModuleView* part = name.empty() ? &whole : nullptr;
    std::vector<std::string> children;
    for (const ModuleView& child : whole.children) {
      children.push_back(child.path);
      if (child.path == name) part = &child;
    }
    if (!part)
      throw Error(
          components[0].config().place(),
          "optim_wrapper names '" + name + "', and the model has no child of that name" + did_you_mean(name, children))
          .note("children: " + join(children));
    optims->add(name, components[0].build(*part));
  }
  return optims;
}

void join_ranks(OptimSet& optims, Ranks& ranks) {
  if (ranks.size() == 1) return;
  for (const OptimSet::Entry& entry : optims.entries())
    entry.optim->set_grad_sync(std::make_unique<RanksGradSync>(ranks));
}

namespace {

/// Whether a schedule that was made elsewhere is for this optimizer. Throws Error if it is for none of the run.
bool is_of(ParamScheduler& schedule, const OptimSet::Entry& optim, const OptimSet& optims) {
  for (const OptimSet::Entry& entry : optims.entries())
    if (&schedule.optim() == entry.optim.get()) return &schedule.optim() == optim.optim.get();
  throw Error("a schedule of " + schedule.param_name() + " was made for an optimizer that is not this run's")
      .note("the run makes a schedule for its own optimizer")
      .help("use<StepLR>({.step_size = 30})");
}

}  // namespace

std::unique_ptr<ParamSchedulers> build_schedulers(const RunnerOptions& options, OptimSet& optims, int64_t max_epochs,
                                                  int64_t max_iters, int64_t iters_per_epoch) {
  auto schedulers = std::make_unique<ParamSchedulers>(
      Horizon{.max_epochs = max_epochs, .max_iters = max_iters, .iters_per_epoch = iters_per_epoch});
  for (const auto& [name, components] : options.param_scheduler.entries) {
    for (const OptimSet::Entry& optim : optims.entries()) {
      // One list without a name is for every optimizer.
      if (!name.empty() && name != optim.name) continue;
      for (const auto& component : components) {
        if (component.instance() && !is_of(*component.instance(), optim, optims)) continue;
        schedulers->add(component.build(*optim.optim), optim.name);
      }
    }
  }
  return schedulers;
}

namespace {

class HookObserver final : public OptimObserver {
 public:
  explicit HookObserver(Runner& runner) : runner_(runner) {}
  void before_backward(OptimWrapper& optim) override {
    runner_.hooks().call<&Hook::before_backward>(OptimPoint{runner_, optim.name()});
  }
  void after_backward(OptimWrapper& optim) override {
    runner_.hooks().call<&Hook::after_backward>(OptimPoint{runner_, optim.name()});
  }
  void before_step(OptimWrapper& optim) override {
    runner_.hooks().call<&Hook::before_optim_step>(OptimPoint{runner_, optim.name()});
  }
  void after_step(OptimWrapper& optim) override {
    runner_.hooks().call<&Hook::after_optim_step>(OptimPoint{runner_, optim.name()});
  }

 private:
  Runner& runner_;
};

}  // namespace

std::unique_ptr<OptimObserver> observer_for_hooks(Runner& runner) {
  const HookList& hooks = runner.hooks();
  if (hooks.listens<&Hook::before_backward>() || hooks.listens<&Hook::after_backward>() ||
      hooks.listens<&Hook::before_optim_step>() || hooks.listens<&Hook::after_optim_step>())
    return std::make_unique<HookObserver>(runner);
  return nullptr;
}

}  // namespace millrace
