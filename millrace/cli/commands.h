#pragma once

#include "millrace/cli/invocation.h"

namespace millrace {

// The subcommands, one file each; those of `config` are in config_commands.h. They return the exit code and throw
// errors, which main() prints.
int train_command(const Invocation& invocation);
int lr_find_command(const Invocation& invocation);
int test_command(const Invocation& invocation);
int eval_command(const Invocation& invocation);
int predict_command(const Invocation& invocation);
int config_command(const Invocation& invocation);
int ckpt_command(const Invocation& invocation);
int data_command(const Invocation& invocation);
int init_command(const Invocation& invocation);
int summary_command(const Invocation& invocation);
int lr_command(const Invocation& invocation);
int report_command(const Invocation& invocation);
int list_command(const Invocation& invocation);
int env_command(const Invocation& invocation);

}  // namespace millrace
