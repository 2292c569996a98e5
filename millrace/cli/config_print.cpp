#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_request.h"
#include "millrace/config/dump.h"

namespace millrace {

int config_print_command(const Invocation& invocation) {
  ConfigRequest request;
  Arguments arguments(invocation.name(), "config print", "Shows configs with their bases and overrides applied.");
  request.declare(arguments);
  arguments.example("config print configs/fashion_mnist/lenet.py");
  if (arguments.parse(invocation.args) == Arguments::Parsed::help) {
    std::fputs(arguments.help().c_str(), stdout);
    return 0;
  }
  for (const std::string& file : request.files) std::fputs(to_python(request.read(file).tree).c_str(), stdout);
  return 0;
}

}  // namespace millrace
