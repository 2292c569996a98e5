#include "millrace/runner/run_config.h"

#include <algorithm>
#include <set>

#include "millrace/base/json_text.h"
#include "millrace/base/text.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/config/override_effects.h"
#include "millrace/config/overrides.h"
#include "millrace/runner/run_rules.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/runner_options.h"
#include "millrace/runner/trial.h"
#include "millrace/runner/tta_config.h"

namespace millrace {

namespace {

/// A copy of the top level with `model.data_preprocessor` filled in from the key of that name beside it, as MMEngine
/// does.
Value with_preprocessor_in_model(const Value& tree) {
  const Value* preprocessor = tree.find("data_preprocessor");
  const Value* model = tree.find("model");
  if (!preprocessor || preprocessor->is_null() || !model || !model->is_dict() || model->find("data_preprocessor"))
    return tree;
  Value whole = Value::dict();
  for (const auto& [key, value] : tree.as_dict()) whole.as_dict().set(key, value);
  Value filled = Value::dict();
  for (const auto& [key, value] : model->as_dict()) filled.as_dict().set(key, value);
  filled.as_dict().set(Value("data_preprocessor").set_place(tree.as_dict().entry("data_preprocessor")->key.place()),
                       *preprocessor);
  whole.as_dict().set("model", filled.set_place(model->place()));
  return whole.set_place(tree.place());
}

/// What the walk over a config gives beside what the binder collects.
struct WalkedRun {
  RunnerOptions options = detail::make_options<RunnerOptions>();
  std::vector<Value> unused;  // top-level keys that nothing reads
};

/// The loop's class is not one of ours: it may read other things than our loops do.
bool has_unknown_loop(std::string_view kind, const Value& tree, const std::string& key, const Binder& binder) {
  const Value* loop = tree.find(key);
  const Value* type = loop ? loop->find("type") : nullptr;
  if (!type || !(type->is_string() || type->is_symbol())) return false;
  const std::string name = type->is_string() ? type->as_string() : type->as_symbol().path;
  return ComponentTable::instance().find(kind, name, binder.scope()) == nullptr;
}

/// Checks data and metrics of a stage whose loop is unknown, and takes them out of the tree.
void check_stage_of_unknown_loop(const std::string& stage, Dict& tree, Binder& binder) {
  for (const char* part : {"_dataloader", "_evaluator"}) {
    const std::string key = stage + part;
    const Value* value = tree.find(key);
    if (!value) continue;
    const Binder::Step step(binder, key);
    check_unowned(*value, binder);
    tree.erase(key);
  }
}

/// Names that configs give to parts of their own, though nothing may read them.
bool is_habitual_variable(const std::string& name) {
  return name == "vis_backends" || name == "tta_pipeline" || name == "train_pipeline" || name == "val_pipeline" ||
         name == "test_pipeline";
}

/// A name that the config itself uses is a variable; one that is close to a key is a slip, though a base defines it;
/// another one is worth a notice. A key without a value is as good as left out.
void take_other_names(const Config& config, Dict& tree, WalkedRun& walked, Binder& binder) {
  const std::vector<std::string> known = run_schema().names();
  std::vector<std::string> taken;
  for (const auto& [key, value] : tree) {
    if (!key.is_string()) continue;
    const std::string& name = key.as_string();
    if (run_schema().has(name)) {
      if (value.is_null()) taken.push_back(name);
      continue;
    }
    if (!config.is_read(name) && nearest_spelling(name, known)) continue;
    taken.push_back(name);
    if (config.is_variable(name) || is_habitual_variable(name)) continue;
    if (is_override_place(key.place()) && !binder.has_foreign_sources()) continue;  // refused already
    if (ComponentTable::instance().part_of_key(name)) {  // a loop or a hook of other libraries reads it
      const Binder::Step step(binder, name);
      check_unowned(value, binder);
    }
    walked.unused.push_back(key);
  }
  for (const std::string& name : taken) tree.erase(name);
}

/// The one way from a config to what a run is made of: the binder has every mistake, and what is not there.
WalkedRun walk_run_config(const Config& config, Binder& binder) {
  WalkedRun walked;
  const Value whole = with_preprocessor_in_model(config.tree);
  Value tree = Value::dict();
  for (const auto& [key, value] : whole.as_dict()) tree.as_dict().set(key, value);
  tree.set_place(whole.place());

  const Value* imports = tree.find("custom_imports");
  binder.set_foreign_sources(imports && !imports->is_null());
  refuse_unread_overrides(config, binder);
  take_other_names(config, tree.as_dict(), walked, binder);
  if (has_unknown_loop(TrainLoop::kKind, tree, "train_cfg", binder))
    check_stage_of_unknown_loop("train", tree.as_dict(), binder);
  if (has_unknown_loop(ValLoop::kKind, tree, "val_cfg", binder))
    check_stage_of_unknown_loop("val", tree.as_dict(), binder);
  if (has_unknown_loop(TestLoop::kKind, tree, "test_cfg", binder))
    check_stage_of_unknown_loop("test", tree.as_dict(), binder);
  const Value* preprocessor = tree.find("data_preprocessor");
  if (preprocessor && !tree.find("model")) {
    const Binder::Step step(binder, "data_preprocessor");
    check_unowned(*preprocessor, binder);
  }
  run_schema().bind(&walked.options, tree, binder);
  return walked;
}

std::string scope_of(const Config& config) {
  const Value* scope = config.tree.find("default_scope");
  return scope && scope->is_string() ? scope->as_string() : "";
}

/// How a user has set a top-level key: "load_revise_keys", or "--revise-keys" on the command line.
std::string flag_or_key(const Config& config, const char* key) {
  constexpr std::string_view kFlag = "command line: --";
  const Value* value = config.tree.find(key);
  const std::string place = value ? value->place().str() : "";
  return place.starts_with(kFlag) ? place.substr(kFlag.size() - 2) : key;
}

/// Keys that change nothing in this run.
std::vector<Error> idle_keys(const Config& config, const RunnerOptions& options) {
  std::vector<Error> idle;
  const auto add = [&](const char* key, const std::string& reason) {
    const Value* value = config.tree.find(key);
    idle.emplace_back(value ? value->place() : Place(), flag_or_key(config, key) + " has no effect: " + reason);
  };
  const Value* hooks = config.tree.find("default_hooks");
  const Value* saving = hooks && hooks->is_dict() ? hooks->find("checkpoint") : nullptr;
  const Value* best = saving && saving->is_dict() ? saving->find("save_best") : nullptr;
  const bool validates = options.val_dataloader.has_value() && !options.val_cfg.empty();
  if (best && !best->is_null() && !options.train_cfg.empty() && !validates)
    idle.emplace_back(best->place(), "save_best has no effect: the run has no validation");
  if (options.env_cfg.cudnn_benchmark && options.randomness.deterministic) {
    const Value* env = config.tree.find("env_cfg");
    idle.emplace_back(env ? env->place() : Place(),
                      "env_cfg.cudnn_benchmark has no effect: a deterministic run has cuDNN's deterministic kernels");
  }
  const auto* resumed = std::get_if<std::string>(&options.resume);
  if (resumed && options.load_from) add("load_from", "the run goes on from " + *resumed);
  if (options.load_from || resumed || std::get<bool>(options.resume)) return idle;
  const std::string reason = "there is no load_from to read";
  if (!options.load_revise_keys.empty())
    add("load_revise_keys", reason + " (an init_cfg of type Pretrained has revise_keys of its own)");
  if (!options.load_strict) add("load_strict", reason);
  return idle;
}

/// What MMEngine would start processes with.
std::string launcher_text(const Config& config) {
  const Value* launcher = config.tree.find("launcher");
  if (!launcher || !launcher->is_string() || launcher->as_string() == "none") return "";
  return "launcher='" + launcher->as_string() + "' has no effect: a training is one process";
}

/// A line of Python or an override that goes round a component that is not there; "" where none is known. `mention`:
/// where its name is.
std::string way_round(const Config& config, const std::string& kind, const Place& mention) {
  const auto names_it = [&](const Value& component) {
    const Value* type = component.find("type");
    return type && type->place() == mention;
  };
  if (const Value* hooks = config.tree.find("custom_hooks"); hooks && hooks->is_sequence())
    for (const Value& hook : hooks->items())
      if (names_it(hook)) return "custom_hooks=[] runs without the hooks of that list, and so without what they do";
  if (const Value* hooks = config.tree.find("default_hooks"); hooks && hooks->is_dict())
    for (const auto& [name, hook] : hooks->as_dict())
      if (names_it(hook))
        return "default_hooks." + name.as_string() + "=None runs without that hook, and so without what it does";
  if (const Value* visualizer = config.tree.find("visualizer")) {
    const Value* backends = visualizer->find("vis_backends");
    bool is_of_visualizer = names_it(*visualizer);
    if (backends && backends->is_sequence())
      for (const Value& backend : backends->items()) is_of_visualizer = is_of_visualizer || names_it(backend);
    if (is_of_visualizer) return "visualizer=None writes records to vis_data in the run folder alone";
  }
  return "millrace list " + kind + " shows those that there are";
}

/// Throws one Error of all mistakes and all components that are not there; of each kind the first one has a help. With
/// `kind`, other components may be absent.
void refuse(const Binder& binder, const Config& config, std::string_view kind = {}) {
  Mistakes all = binder.mistakes();
  std::set<std::string> helps;
  for (const AbsentComponent& component : binder.absent()) {
    if (!kind.empty() && component.kind != kind) continue;
    Error error(component.place, component.text());
    const std::string help = way_round(config, component.kind, component.place);
    if (helps.insert(help).second) error.help(help);
    all.add(std::move(error));
  }
  all.throw_if_any();
}

std::string unused_text(const std::vector<Value>& keys) {
  std::vector<std::string> names;
  for (const Value& key : keys) names.push_back(key.as_string());
  return "nothing reads the config's " + join(names);
}

}  // namespace

// Whether the name is new or a variable that the config has used already.
void refuse_unread_overrides(const Config& config, Binder& binder, KeySlips slips) {
  if (binder.has_foreign_sources()) return;  // who knows what they read
  for (const Config::Overridden& overridden : config.overridden) {
    if (run_schema().has(overridden.name) || ComponentTable::instance().part_of_key(overridden.name)) continue;
    const auto meant = overridden.is_new ? nearest_spelling(overridden.name, run_schema().names()) : std::nullopt;
    if (meant && slips == KeySlips::told_here)
      binder.mistake(config.tree.find(overridden.name)->place(),
                     "the config has no key '" + overridden.name + "'; did you mean '" + *meant + "'?");
    if (meant) continue;
    binder.mistakes().add(unread_override(overridden, config));
  }
}

ConfigReport check_run_config(const Config& config) {
  const bool is_part = !config.tree.find("model");
  const std::string scope = scope_of(config);
  Binder binder(is_part && scope.empty() ? std::string(ComponentTable::kUnstatedScope) : scope);
  binder.set_fragment(is_part);
  const WalkedRun walked = walk_run_config(config, binder);
  check_tta(config, binder);
  ConfigReport report{binder.mistakes(), binder.absent(), {}};
  if (!walked.unused.empty()) report.warnings.add(Error(walked.unused[0].place(), unused_text(walked.unused)));
  if (const std::string text = launcher_text(config); !text.empty())
    report.warnings.add(Error(config.tree.find("launcher")->place(), text));
  if (!binder.ok()) return report;
  for (const auto& doubts : {doubts_of(walked.options), idle_keys(config, walked.options)})
    for (const Error& doubt : doubts) report.warnings.add(doubt);
  if (!is_part && report.absent.empty())
    if (const std::optional<Error> doubt = try_parts(walked.options, report.mistakes)) report.warnings.add(*doubt);
  return report;
}

RunnerOptions bind_run_config(const Config& config, RunSurroundings& surroundings) {
  Binder binder(scope_of(config));
  WalkedRun walked = walk_run_config(config, binder);
  refuse(binder, config);
  if (const std::string notice = launcher_text(config); !notice.empty()) surroundings.notices.push_back(notice);
  if (!walked.unused.empty()) surroundings.notices.push_back(unused_text(walked.unused));
  for (const Error& idle : idle_keys(config, walked.options)) surroundings.notices.push_back(idle.summary());
  surroundings.notices.insert(surroundings.notices.end(), config.notices.begin(), config.notices.end());
  add_override_notices(surroundings.notices, config);
  surroundings.config_text = to_python(config.tree);
  surroundings.config_file = config.filename;
  surroundings.config_name = std::filesystem::path(config.filename).stem().string();
  surroundings.effective_json = strict_json(to_json(run_schema().dump(&walked.options))) + "\n";
  return std::move(walked.options);
}

RunnerOptions bind_evaluation(const Config& config) {
  Binder binder(scope_of(config));
  binder.set_fragment(!config.tree.find("model"));
  WalkedRun walked = walk_run_config(config, binder);
  refuse(binder, config, Metric::kKind);
  return std::move(walked.options);
}

namespace {

[[maybe_unused]] const bool check_is_installed = [] {
  install_engine({.check = check_run_config});
  return true;
}();

}  // namespace

}  // namespace millrace
