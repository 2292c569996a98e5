#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/metric_map.h"

namespace millrace {

// The common parts of `millrace train` and `millrace test`, for a TrainRequest or a TestRequest.

/// The requested config with its overrides.
Config requested_config(const std::string& path, const std::vector<std::string>& overrides,
                        const std::vector<std::string>& search_path);
/// Sets a top-level key for which the command line has an option.
void set_key(Config& config, const char* key, Value value, const char* option);
/// Adds a hook to those of the config.
void add_hook(Config& config, Value hook, const char* option);
/// Sets env_cfg.threads.
void set_threads(Config& config, int64_t threads);
/// Sets the work dir to work_dirs/NAME for NAME.py, unless the config has one.
void set_default_work_dir(Config& config);

RunSurroundings surroundings_of(bool console, const std::shared_ptr<Terminal>& terminal, RunControl& control);
/// Sets libtorch's settings of the process by the options.
void configure_process_for(const RunnerOptions& options);

/// --revise-keys as load_revise_keys, unless it was not given.
void set_revise_keys(Config& config, const RevisedKeys& revise_keys);
/// Says the help of a load of weights in flags: "--revise-keys '^model\.='".
void word_in_flags(WeightsMisfit& misfit, const char* loosen);

/// Metrics as they are printed; those that are no numbers or texts are left out.
void add_metrics(RunOutcome& outcome, const MetricMap& metrics);

/// Relative paths of data start in the current folder, but those of a project start in its own folder. If a file is
/// missing for that reason, adds a help to the error.
void add_folder_hint(Error& error, const std::string& config);

}  // namespace millrace
