#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_request.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/config/key_path.h"

namespace millrace {

int config_get_command(const Invocation& invocation) {
  ConfigRequest request;
  std::string file;
  std::vector<std::string> keys;
  bool as_json = false;
  Arguments arguments(invocation.name(), "config get", "Shows values of a config, bases and overrides applied.");
  arguments.positional("FILE", "a config: .py, .yaml or .json", file);
  arguments.positional("KEY", "the path of a value: model.backbone.type, param_scheduler.0.gamma", keys);
  request.declare_reading(arguments);
  arguments.flag("--json", "as JSON, on one line  (default: texts as they are, other values as Python)", as_json);
  arguments.example("config get configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr");
  arguments.example("config get configs/fashion_mnist/lenet.py model.backbone --json");
  arguments.example("config get configs/fashion_mnist/lenet.py train_cfg.max_epochs train_dataloader.batch_size");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  const Config config = request.read(file);
  std::string text;
  for (const std::string& key : keys) {
    const Value& value = at_path(config.tree, key);
    if (as_json) text += to_canonical_json(value);
    else if (value.is_string()) text += value.as_string() + "\n";
    else if (value.is_symbol()) text += value.as_symbol().path + "\n";
    else text += to_python_value(value) + "\n";
  }
  std::fwrite(text.data(), 1, text.size(), stdout);  // a text of a config may hold a NUL
  return 0;
}

}  // namespace millrace
