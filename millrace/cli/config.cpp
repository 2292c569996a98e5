#include "millrace/cli/command_group.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/config_commands.h"

namespace millrace {
namespace {

constexpr Command kConfigCommands[] = {
    {"print", "shows a config with its bases and overrides applied, and who set what", &config_print_command},
    {"get", "shows single values of a config", &config_get_command},
    {"diff", "shows where two configs differ, or what overrides change", &config_diff_command},
    {"format", "writes a config as one readable file, or in another format", &config_format_command},
    {"validate", "checks every component, key, type and range, without training", &config_validate_command},
    {"coverage", "counts which configs of a folder this build can run, and what the others lack",
     &config_coverage_command},
};

}  // namespace

int config_command(const Invocation& invocation) {
  const CommandGroup group{
      "config",
      "Shows, checks, compares and rewrites configs. They are read as data: nothing in them is run.",
      kConfigCommands,
      {"config print configs/fashion_mnist/lenet.py --origins",
       "config get configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr",
       "config diff configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr=0.01",
       "config format configs/fashion_mnist/lenet.py -o lenet.yaml", "config validate configs/fashion_mnist/lenet.py"}};
  return group.run(invocation);
}

}  // namespace millrace
