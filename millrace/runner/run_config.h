#pragma once

namespace millrace {

class Config;
struct ConfigReport;
struct RunnerOptions;
struct RunSurroundings;

/// Binds and checks a whole config; throws one Error with all its mistakes. Nothing is built. `surroundings` gets the
/// config's text, name and notices.
RunnerOptions bind_run_config(const Config& config, RunSurroundings& surroundings);
/// Everything that bind_run_config would refuse, and what it would say in the log; builds nothing. A config without a
/// `model` is a part of one: what is there is checked, and nothing is missing.
ConfigReport check_run_config(const Config& config);

}  // namespace millrace
