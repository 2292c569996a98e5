#include "millrace/runner/lr_preview.h"

#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/schedulers/param_schedulers.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/optim_bridge.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/run_rules.h"

namespace millrace {

namespace {

constexpr int64_t kMostPreviewed = 20'000'000;  // iterations: 160 MB for each series

const Value* given_part(const Config& config, const char* key) {
  const Value* part = config.tree.find(key);
  return part && !part->is_null() ? part : nullptr;
}

/// A wrapper's config, or a dict of them, without the rules by parameter: there are no parameters to which they apply.
Value without_rules(const Value& config, bool& had_rules) {
  if (!config.is_dict()) return config;
  const bool is_wrapper = config.find("optimizer") || config.find("type");
  Value rest = Value::dict();
  for (const auto& [key, value] : config.as_dict()) {
    if (key == Value("constructor") || key == Value("paramwise_cfg")) had_rules = had_rules || !value.is_null();
    else rest.as_dict().set(key, is_wrapper ? value : without_rules(value, had_rules));
  }
  return std::move(rest.set_place(config.place()));
}

class Preview {
 public:
  Preview(const Config& config, std::optional<int64_t> iters_per_epoch)
      : config_(config), iters_per_epoch_(iters_per_epoch) {
    if (const Value* scope = given_part(config, "default_scope"); scope && scope->is_string())
      scope_ = scope->as_string();
  }

  ScheduleSeries run() {
    bind();
    measure();
    OptimSet optims;
    for (const auto& [name, components] : options_.optim_wrapper.entries) {
      ModuleView stand_in{.type_name = "StandIn"};
      stand_in.params.push_back({"weight", at::zeros({1, 1}).requires_grad_()});  // a matrix: Muon takes only those
      optims.add(name, components[0].build(stand_in));
    }
    scale_lr(optims);
    const auto schedulers =
        build_schedulers(options_, optims, horizon_.max_epochs, series_.iters, horizon_.iters_per_epoch);
    for (const Notice& notice : schedulers->notices()) note(notice.text);
    step_through(optims, *schedulers);
    return std::move(series_);
  }

 private:
  void note(std::string text) {
    std::vector<std::string>& notices = series_.notices;
    if (std::find(notices.begin(), notices.end(), text) == notices.end()) notices.push_back(std::move(text));
  }

  template <class Part>
  void bind(const char* key, const Value& value, Part& part, Binder& binder) {
    const Binder::Step step(binder, key);
    binder.set_subject(key);
    TypeOf<Part>::bind(part, value, binder);
  }

  void bind() {
    Binder binder(scope_);
    refuse_unread_overrides(config_, binder, KeySlips::told_here);
    for (const char* key : {"optim_wrapper", "train_cfg"})
      if (!given_part(config_, key)) binder.mistake(Place(config_.filename), fmt::format("the config has no {}", key));
    bool had_rules = false;
    if (const Value* part = given_part(config_, "optim_wrapper"))
      bind("optim_wrapper", without_rules(*part, had_rules), options_.optim_wrapper, binder);
    if (const Value* part = given_part(config_, "param_scheduler"))
      bind("param_scheduler", *part, options_.param_scheduler, binder);
    if (const Value* part = given_part(config_, "train_cfg")) bind("train_cfg", *part, options_.train_cfg, binder);
    if (const Value* part = given_part(config_, "auto_scale_lr"))
      bind("auto_scale_lr", *part, options_.auto_scale_lr, binder);
    binder.throw_if_any();
    Complaints complaints("the config");
    check_schedules(options_, complaints);
    complaints.throw_if_any();
    for (const std::string& notice : config_.notices) note(notice);
    if (had_rules)
      note("paramwise_cfg and constructor are left out: the values are those of a parameter without rules");
  }

  /// How long the training and its epochs are.
  void measure() {
    horizon_ = options_.train_cfg.facts();
    series_.by_epoch = horizon_.max_iters < 0;
    if (series_.by_epoch && horizon_.max_epochs < 0)
      throw Error(config_.tree.find("train_cfg")->place(), "train_cfg does not say how long the training is")
          .note("a loop that is not of this program may have a length of its own");
    bool needs_epochs = series_.by_epoch;
    for (const auto& [name, schedules] : options_.param_scheduler.entries)
      for (const auto& schedule : schedules) {
        const ScheduleFacts facts = schedule.facts();
        needs_epochs = needs_epochs || facts.range.convert_to_iter_based;
        if (!facts.monitor.empty())
          note(
              fmt::format("{} depends on '{}' of the validations, which only a training gives: it changes nothing here",
                          schedule.type(), facts.monitor));
      }
    if (!iters_per_epoch_ && needs_epochs) iters_per_epoch_ = length_of_data();
    horizon_.iters_per_epoch = iters_per_epoch_.value_or(-1);
    series_.iters_per_epoch = iters_per_epoch_.value_or(0);
    if (series_.by_epoch && horizon_.max_epochs > kMostPreviewed / *iters_per_epoch_) refuse_length();
    series_.iters = series_.by_epoch ? horizon_.max_epochs * *iters_per_epoch_ : horizon_.max_iters;
    if (series_.iters > kMostPreviewed) refuse_length();
  }

  [[noreturn]] void refuse_length() const {
    throw Error(config_.tree.find("train_cfg")->place(),
                fmt::format("the training has more than {} iterations, and each would be a value", kMostPreviewed));
  }

  int64_t length_of_data() const {
    Error unknown("nobody knows how many iterations an epoch has");
    const auto fail = [&](const std::string& reason) -> Error {
      return std::move(unknown.note(reason).help("--iters-per-epoch 500"));
    };
    const Value* loader = given_part(config_, "train_dataloader");
    if (!loader) throw fail("the config has no train_dataloader");
    LoaderContext context;
    if (const Value* limit = given_part(config_, "limit_batches"); limit && limit->is_integer())
      context.limit_batches = limit->as_integer();
    int64_t length = 0;
    try {
      Binder binder(scope_);
      LoaderPart part;
      const Binder::Step step(binder, "train_dataloader");
      binder.set_subject("train_dataloader");
      TypeOf<LoaderPart>::bind(part, *loader, binder);
      binder.throw_if_any();
      length = part.build(context)->length();
    } catch (const Error& error) {
      const std::string_view text = error.what();
      throw fail("train_dataloader: " + std::string(text.substr(0, text.find('\n'))));
    }
    if (length < 1) throw fail("train_dataloader has " + std::string(length < 0 ? "no end" : "no batch"));
    return length;
  }

  void scale_lr(OptimSet& optims) {
    const AutoScaleLr& scaling = options_.auto_scale_lr;
    if (!scaling.enable) return;
    if (!scaling.base_batch_size) throw Error("auto_scale_lr.enable needs auto_scale_lr.base_batch_size");
    const Value* loader = given_part(config_, "train_dataloader");
    const Value* batch = loader && loader->is_dict() ? loader->find("batch_size") : nullptr;
    if (!batch || !batch->is_integer())
      return note("auto_scale_lr is left out: the config has no train_dataloader.batch_size");
    for (const OptimSet::Entry& entry : optims.entries()) {
      const double ratio = auto_scale_ratio(scaling, batch->as_integer(), *entry.optim);
      entry.optim->scale_lr(ratio);
      note(fmt::format("every lr{} is multiplied by {} (auto_scale_lr, for one process)",
                       entry.name.empty() ? "" : " of " + entry.name, ratio));
    }
  }

  void step_through(const OptimSet& optims, ParamSchedulers& schedulers) {
    struct Watched {
      const ParamGroup& group;
      std::optional<ParamGroup::Slot> momentum;
    };
    std::vector<Watched> watched;
    for (const OptimSet::Entry& entry : optims.entries()) {
      const ParamGroup& group = entry.optim->groups().front();
      watched.push_back({group, group.find("momentum")});
      OptimSeries& series = series_.optims.emplace_back();
      series.optim = entry.name;
      series.lr.reserve(static_cast<size_t>(series_.iters));
    }
    for (int64_t k = 0; k < series_.iters; ++k) {
      for (size_t i = 0; i < watched.size(); ++i) {
        series_.optims[i].lr.push_back(watched[i].group.lr());
        if (watched[i].momentum) series_.optims[i].momentum.push_back(watched[i].group[*watched[i].momentum]);
      }
      schedulers.step_iter();
      if (series_.by_epoch && (k + 1) % series_.iters_per_epoch == 0) schedulers.step_epoch();
    }
  }

  const Config& config_;
  std::string scope_;
  std::optional<int64_t> iters_per_epoch_;
  RunnerOptions options_ = detail::make_options<RunnerOptions>();
  Horizon horizon_;
  ScheduleSeries series_;
};

}  // namespace

ScheduleSeries lr_preview(const Config& config, std::optional<int64_t> iters_per_epoch) {
  return Preview(config, iters_per_epoch).run();
}

namespace {

[[maybe_unused]] const bool lr_is_installed = [] {
  install_engine({.lr = [](const LrRequest& request) {
    return lr_preview(requested_config(request.config, request.overrides, request.config_path),
                      request.iters_per_epoch);
  }});
  return true;
}();

}  // namespace

}  // namespace millrace
