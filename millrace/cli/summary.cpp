#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"

namespace millrace {

int summary_command(const Invocation& invocation) {
  SummaryRequest request;
  Arguments arguments(invocation.name(), "summary",
                      "Shows the layers of a config's model: outputs, parameters and FLOPs of one sample.");
  arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.option("--shape", "SIZES",
                   "shape of an input: 3,224,224  (default: that of the first sample of the config's data)",
                   request.shape);
  arguments.option("--depth", "N", "show N levels of layers, and add up deeper ones  (default: all)", request.depth, 1);
  arguments.flag("--json", "one object", request.json);
  arguments.example("summary configs/fashion_mnist/lenet.py");
  arguments.example("summary resnet18.py --shape 3,224,224 --depth 2");
  arguments.example("summary resnet18.py model.backbone.depth=50 --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  std::fputs(engine().summary(request).c_str(), stdout);
  return 0;
}

}  // namespace millrace
