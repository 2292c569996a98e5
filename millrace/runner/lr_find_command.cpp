// `millrace lr-find`: the entry of cli/engine.h.
#include "millrace/base/run_control.h"
#include "millrace/config/overrides.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/lr_finder.h"
#include "millrace/runner/run_config.h"

namespace millrace {

namespace {

LrFindOutcome find_lr_for_command(const LrFindRequest& request, RunControl& control) {
  Config config = requested_config(request.config, request.overrides, request.config_path);
  if (request.load_from) set_key(config, "load_from", *request.load_from, "--load-from");
  if (request.device) set_key(config, "device", *request.device, "--device");
  if (request.threads) set_threads(config, *request.threads);
  if (request.seed)
    apply_overrides(config, std::vector<std::string>{"randomness.seed=" + std::to_string(*request.seed)});
  try {
    RunSurroundings surroundings = surroundings_of(request.console, request.terminal, control);
    RunnerOptions options = bind_run_config(config, surroundings);
    configure_process_for(options);
    LrSearch search;
    if (request.start) search.start = *request.start;
    if (request.end) search.end = *request.end;
    if (request.steps) search.steps = *request.steps;
    const LrCurve curve = find_lr(std::move(options), std::move(surroundings), search);
    return {curve.lr, curve.loss, curve.smoothed, curve.suggestion, curve.has_diverged};
  } catch (Error& error) {
    add_folder_hint(error, request.config);
    throw;
  }
}

[[maybe_unused]] const bool lr_find_is_installed = [] {
  install_engine({.lr_find = find_lr_for_command});
  return true;
}();

}  // namespace

}  // namespace millrace
