#include "millrace/hooks/freeze_hook.h"

#include <fmt/format.h>
#include <torch/nn/module.h>

#include <algorithm>
#include <utility>

#include "millrace/base/text.h"
#include "millrace/log/logger.h"
#include "millrace/model/model.h"
#include "millrace/runner/runner.h"

namespace millrace {

namespace {

bool is_batch_norm(const ModuleView& view) {
  return view.kind == ModuleKind::norm && view.layer.find("BatchNorm") != std::string_view::npos;
}

std::string full_name(const ModuleView& view, const std::string& name) {
  return view.path.empty() ? name : view.path + "." + name;
}

/// The names that a path may be one of.
std::vector<std::string> paths_in(const ModuleView& root) {
  std::vector<std::string> paths;
  root.walk([&](const ModuleView& view) {
    if (!view.path.empty()) paths.push_back(view.path);
    for (const ModuleView::Named& param : view.params) paths.push_back(full_name(view, param.name));
  });
  return paths;
}

/// Whether the path names this or something above it.
bool names(const std::string& path, const std::string& full) {
  return full == path || (full.size() > path.size() && full.starts_with(path) && full[path.size()] == '.');
}

}  // namespace

void FreezeHook::check(const Options& options, Complaints& complaints) {
  if (options.until_epoch && options.until_iter)
    complaints.add("until_iter", "until_epoch and until_iter are both given; the parts train from one of them on")
        .help("until_iter=None");
  if (options.paths->values().empty()) complaints.add("paths", "FreezeHook.paths names nothing to freeze");
}

FreezeHook::FreezeHook(Options options) : options_(checked<FreezeHook>(std::move(options))) {}

bool FreezeHook::is_over(const Runner& runner) const {
  if (options_.until_epoch) return runner.epoch() >= *options_.until_epoch;
  return options_.until_iter && runner.iter() >= *options_.until_iter;
}

void FreezeHook::before_train(RunPoint& point) {
  Runner& runner = point.runner;
  if (is_frozen_) thaw(runner);  // by an earlier train()
  const ModuleView root = runner.model().modules();
  const std::vector<std::string> known = paths_in(root);
  for (const std::string& path : options_.paths->values())
    if (std::find(known.begin(), known.end(), path) == known.end()) {
      std::vector<std::string> children;
      for (const ModuleView& child : root.children) children.push_back(child.path);
      throw Error("FreezeHook.paths: the model has no '" + path + "'" + did_you_mean(path, known))
          .note("it has " + join(children));
    }
  if (is_over(runner)) return;
  const auto is_named = [&](const std::string& full) {
    const std::vector<std::string>& paths = options_.paths->values();
    return std::any_of(paths.begin(), paths.end(), [&](const std::string& path) { return names(path, full); });
  };
  int64_t left = 0;
  root.walk([&](const ModuleView& view) {
    for (const ModuleView::Named& param : view.params) {
      if (!param.tensor.requires_grad()) continue;
      if (is_named(full_name(view, param.name))) params_.push_back(param.tensor);
      else ++left;
    }
    if (options_.batch_norm && view.module && is_batch_norm(view) && is_named(view.path))
      norms_.push_back(const_cast<torch::nn::Module*>(view.module));  // NOLINT: a part of the model that is given
  });
  if (left == 0 && !params_.empty()) {
    params_.clear(), norms_.clear();
    throw Error("FreezeHook freezes every parameter of the model: nothing is left to train")
        .note("paths: " + join(options_.paths->values()));
  }
  for (const at::Tensor& param : params_) {
    param.set_requires_grad(false);
    param.mutable_grad().reset();
  }
  is_frozen_ = true;
  const std::string until = options_.until_epoch  ? fmt::format(" until epoch {}", *options_.until_epoch)
                            : options_.until_iter ? fmt::format(" until iteration {}", *options_.until_iter)
                                                  : "";
  runner.logger().info(fmt::format("{} {} frozen{}: {}", counted(static_cast<int64_t>(params_.size()), "parameter"),
                                   params_.size() == 1 ? "is" : "are", until, join(options_.paths->values())));
}

void FreezeHook::before_train_iter(TrainIter& point) {
  if (!is_frozen_) return;
  if (is_over(point.runner)) return thaw(point.runner);
  for (torch::nn::Module* norm : norms_)
    if (norm->is_training()) norm->eval();
}

void FreezeHook::thaw(Runner& runner) {
  for (const at::Tensor& param : params_) param.set_requires_grad(true);
  for (torch::nn::Module* norm : norms_) norm->train(runner.model().is_training());
  runner.logger().info(fmt::format("{} {} no longer frozen", counted(static_cast<int64_t>(params_.size()), "parameter"),
                                   params_.size() == 1 ? "is" : "are"));
  params_.clear();
  norms_.clear();
  is_frozen_ = false;
}

MILLRACE_REGISTER(Hook, FreezeHook);

}  // namespace millrace
