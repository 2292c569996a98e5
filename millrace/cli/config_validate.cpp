#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_findings.h"
#include "millrace/cli/config_request.h"

namespace millrace {

int config_validate_command(const Invocation& invocation) {
  ConfigRequest request;
  bool as_json = false;
  Arguments arguments(
      invocation.name(), "config validate",
      "Checks every component, key, type and range of configs, and whether their parts fit together: network, "
      "optimizers, metrics and hooks are built without weights or data.");
  request.declare(arguments);
  arguments.flag("--json", "one object per line", as_json);
  arguments.example("config validate configs/fashion_mnist/lenet.py");
  arguments.example("config validate configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr=0.01");
  arguments.example("config validate configs/fashion_mnist/*.py --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  const EngineTable& checker = engine();
  ConfigFindings findings;
  for (const std::string& file : request.files) {
    try {
      findings.add(checker.check(request.read(file)));
    } catch (const Error& error) {
      findings.add_unreadable(error);
    }
  }
  std::fputs((as_json ? findings.json() : findings.text()).c_str(), stdout);
  return findings.has_mistakes() ? 2 : 0;
}

}  // namespace millrace
