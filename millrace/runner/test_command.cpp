// `millrace test`: the entry of cli/engine.h.
#include "millrace/base/run_control.h"
#include "millrace/hub/message_hub.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/tta_config.h"

namespace millrace {

namespace {

Value hook_named(const char* type) {
  Value hook = Value::dict();
  hook.as_dict().set("type", type);
  return hook;
}

std::string text_of(Runner& runner, const char* info) {
  const State* text = runner.hub().find_info(info);
  return text && text->is_string() ? text->string() : "";
}

/// What the hooks of a test left behind.
void add_test_results(RunOutcome& outcome, Runner& runner) {
  outcome.samples = text_of(runner, "shown_samples");
  outcome.report = text_of(runner, "test_report");
  outcome.run_folder = runner.run_folder().path().string();
  for (const auto& [title, path] : runner.files()) outcome.files.emplace_back(title, path.string());
}

RunOutcome run_test(const TestRequest& request, RunControl& control) {
  Config config = requested_config(request.config, request.overrides, request.config_path);
  if (request.work_dir) set_key(config, "work_dir", *request.work_dir, "--work-dir");
  set_default_work_dir(config);
  if (request.device) set_key(config, "device", *request.device, "--device");
  if (request.limit_batches) set_key(config, "limit_batches", *request.limit_batches, "--limit-batches");
  if (request.threads) set_threads(config, *request.threads);
  set_key(config, "load_from", request.checkpoint, "CHECKPOINT");
  set_key(config, "resume", false, "CHECKPOINT");
  set_revise_keys(config, request.revise_keys);
  if (request.weights) set_key(config, "load_weights", *request.weights, "--weights");
  if (request.show > 0) {
    Value hook = hook_named("ShowSamplesHook");
    hook.as_dict().set("count", request.show);
    add_hook(config, std::move(hook), "--show");
  }
  if (request.tta) use_tta(config);
  add_hook(config, hook_named("TestReportHook"), "test");

  RunSurroundings surroundings = surroundings_of(request.console, request.terminal, control);
  RunnerOptions options = bind_run_config(config, surroundings);
  configure_process_for(options);
  Runner runner(std::move(options), std::move(surroundings));
  RunOutcome outcome;
  add_metrics(outcome, runner.test());
  add_test_results(outcome, runner);
  outcome.stop_reason = control.stop_reason();
  outcome.finished = outcome.stop_reason == 0;
  return outcome;
}

RunOutcome test_for_command(const TestRequest& request, RunControl& control) {
  try {
    return run_test(request, control);
  } catch (WeightsMisfit& misfit) {
    word_in_flags(misfit, "load_strict=False");
    throw;
  } catch (Error& error) {
    add_folder_hint(error, request.config);
    throw;
  }
}

[[maybe_unused]] const bool test_is_installed = [] {
  install_engine({.test = test_for_command});
  return true;
}();

}  // namespace

}  // namespace millrace
