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

// What `millrace train` and `millrace test` do alike, with a TrainRequest or a TestRequest.

/// The config that is asked for, with its overrides.
Config requested_config(const std::string& path, const std::vector<std::string>& overrides,
                        const std::vector<std::string>& search_path);
/// Sets a top-level key that the command line has an option of its own for.
void set_key(Config& config, const char* key, Value value, const char* option);
/// Sets env_cfg.threads.
void set_threads(Config& config, int64_t threads);
/// work_dirs/NAME of NAME.py, unless the config says where.
void set_default_work_dir(Config& config);

RunSurroundings surroundings_of(bool console, const std::shared_ptr<Terminal>& terminal, RunControl& control);
/// Sets what libtorch keeps per process as the options want it.
void configure_process_for(const RunnerOptions& options);

/// --revise-keys as load_revise_keys, unless it was not given.
void set_revise_keys(Config& config, const RevisedKeys& revise_keys);
/// Says the help of a load of weights in flags: "--revise-keys '^model\.='".
void word_in_flags(WeightsMisfit& misfit, const char* loosen);

/// Metrics as they are printed; those that are no numbers or texts are left out.
void add_metrics(RunOutcome& outcome, const MetricMap& metrics);

/// Paths of data start from the folder in which the command is called, and a project's are meant from its own: where
/// that is why a file is missing, adds a help to the error.
void add_folder_hint(Error& error, const std::string& config);

}  // namespace millrace
