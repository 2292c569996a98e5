#pragma once

#include "millrace/cli/invocation.h"

namespace millrace {

// The subcommands of `millrace config`, one file each: config_print.cpp and so on. They return the exit code and throw
// errors, which main() prints. The entry of each in the table of config.cpp puts it into the overview.
int config_print_command(const Invocation& invocation);
int config_get_command(const Invocation& invocation);
int config_diff_command(const Invocation& invocation);
int config_format_command(const Invocation& invocation);
int config_validate_command(const Invocation& invocation);
int config_coverage_command(const Invocation& invocation);

}  // namespace millrace
