#pragma once

namespace millrace {

class Binder;
class Config;
struct ConfigReport;
struct RunnerOptions;
struct RunSurroundings;

/// Binds and checks a whole config without building anything; throws one Error with all its mistakes. `surroundings`
/// gets the config's text, name and notices.
RunnerOptions bind_run_config(const Config& config, RunSurroundings& surroundings);
/// The same for an evaluation of stored predictions: only the metrics of the test must be there. The model and the data
/// may be missing, or be components that this program does not have.
RunnerOptions bind_evaluation(const Config& config);
/// Adds a mistake for each override of a name that nothing reads. Binding a whole config tells slips of its keys by
/// itself; a command that binds some of them lets this function do it.
enum class KeySlips { told_by_binding, told_here };
void refuse_unread_overrides(const Config& config, Binder& binder, KeySlips slips = KeySlips::told_by_binding);
/// All mistakes for which bind_run_config would throw, and its notices; no weights are made, no file is written. A
/// config without a `model` is a fragment: its keys are checked, and missing keys are allowed.
ConfigReport check_run_config(const Config& config);

}  // namespace millrace
