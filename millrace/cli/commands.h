#pragma once

#include "millrace/cli/invocation.h"

namespace millrace {

// The subcommands, one file each. They return the exit code, and throw what main() prints.
int train_command(const Invocation& invocation);
int test_command(const Invocation& invocation);
int list_command(const Invocation& invocation);
int env_command(const Invocation& invocation);

}  // namespace millrace
