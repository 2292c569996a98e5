#include "millrace/runner/runner_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/log/logger.h"
#include "millrace/runner/run_rules.h"
#include "millrace/tensor/device.h"

namespace millrace {

namespace {

/// What a stage of a run needs, all of it or nothing.
struct Stage {
  const char* what;
  bool loop_is_absent;  // who knows what a loop needs that this program does not have
  std::vector<std::pair<const char*, bool>> parts;

  bool is_whole() const {
    return std::all_of(parts.begin(), parts.end(), [](const auto& part) { return part.second; });
  }
};

void check_stage(const Stage& stage, Complaints& complaints) {
  std::vector<std::string> given, missing;
  for (const auto& [name, is_there] : stage.parts) (is_there ? given : missing).push_back(name);
  if (!given.empty() && !missing.empty() && !stage.loop_is_absent)
    complaints.add(given[0],
                   fmt::format("{} needs {}; given: {}", stage.what, join(missing, " and "), join(given, " and ")));
}

void check_loaders(const RunnerOptions& options, Complaints& complaints) {
  const auto& of_training = options.train_dataloader.instance();
  if (!of_training) return;
  if (of_training == options.val_dataloader.instance() || of_training == options.test_dataloader.instance())
    complaints
        .add("train_dataloader",
             "train_dataloader is a loader that validates or tests, too: it would lose its place in the training")
        .note("give each a DataLoader of its own");
}

void check_val_sets(const RunnerOptions& options, Complaints& complaints) {
  if (options.val_sets.empty()) return;
  if (options.val_cfg.empty() || !options.val_dataloader.has_value() || options.val_evaluator.empty())
    complaints.add("val_sets", "val_sets has no effect without a validation")
        .note("val_dataloader, val_cfg and val_evaluator make one");
  for (const auto& [name, set] : options.val_sets)
    if (name.empty() || name.find('/') != std::string::npos)
      complaints.add("val_sets", "the name of a set of val_sets must be a word without '/', got '" + name + "'");
}

void check_words(const RunnerOptions& options, Complaints& complaints) {
  const auto check = [&](const char* key, auto&& read) {
    try {
      read();
    } catch (const Error& error) {
      complaints.add(key, error.summary()) = error;
    }
  };
  check("log_level", [&] { log_level(options.log_level); });
  check("device", [&] { named_device(options.device); });
}

}  // namespace

void RunnerOptions::check(const RunnerOptions& o, Complaints& complaints) {
  if (o.model->empty() && !o.model->is_null())
    complaints.add("model", "model is empty: options that were moved from have none");
  for (const auto& [name, components] : o.optim_wrapper.entries) {
    if (components.size() == 1) continue;
    complaints
        .add("optim_wrapper", fmt::format("optim_wrapper{} lists {} wrappers, and one is needed",
                                          name.empty() ? "" : "." + name, components.size()))
        .note("several optimizers are a dict: the names of the model's children, and a wrapper for each");
    return;
  }
  check_words(o, complaints);
  if (const std::string flaw = flaw_of(o.load_revise_keys); !flaw.empty())
    complaints.add("load_revise_keys", "load_revise_keys: " + flaw);
  const std::vector<Stage> stages = {{"a training",
                                      o.train_cfg.is_absent(),
                                      {{"train_dataloader", o.train_dataloader.has_value()},
                                       {"train_cfg", !o.train_cfg.empty()},
                                       {"optim_wrapper", !o.optim_wrapper.empty()}}},
                                     {"a validation",
                                      o.val_cfg.is_absent(),
                                      {{"val_dataloader", o.val_dataloader.has_value()},
                                       {"val_cfg", !o.val_cfg.empty()},
                                       {"val_evaluator", !o.val_evaluator.empty()}}},
                                     {"a test",
                                      o.test_cfg.is_absent(),
                                      {{"test_dataloader", o.test_dataloader.has_value()},
                                       {"test_cfg", !o.test_cfg.empty()},
                                       {"test_evaluator", !o.test_evaluator.empty()}}}};
  // Where no stage is whole, the config is a base of others, which add what is missing.
  if (std::none_of(stages.begin(), stages.end(), [](const Stage& stage) { return stage.is_whole(); })) return;
  for (const Stage& stage : stages) check_stage(stage, complaints);
  check_loaders(o, complaints);
  check_val_sets(o, complaints);
  check_optimizers(o, complaints);
  check_figures(o, complaints);
}

const Schema& run_schema() {
  static const Schema kSchema = Schema::of<RunnerOptions>("the config");
  return kSchema;
}

RunnerOptions checked_run(RunnerOptions options) {
  detail::settle_checked(run_schema(), &options);
  return options;
}

}  // namespace millrace
