#include "millrace/cli/command_group.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/config_commands.h"

namespace millrace {
namespace {

constexpr Command kConfigCommands[] = {
    {"print", "shows a config with its bases and overrides applied, and who set what", &config_print_command},
};

}  // namespace

int config_command(const Invocation& invocation) {
  const CommandGroup group{"config",
                           "Shows, compares and rewrites configs. They are read as data: nothing in them is run.",
                           kConfigCommands,
                           {"config print configs/fashion_mnist/lenet.py"}};
  return group.run(invocation);
}

}  // namespace millrace
