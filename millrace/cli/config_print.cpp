#include <fmt/format.h>

#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_request.h"
#include "millrace/cli/config_text.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/config/yaml.h"

namespace millrace {
namespace {

struct PrintRequest : ConfigRequest {
  Config::Format format = Config::Format::python;
  bool with_origins = false;
};

Arguments print_arguments(const std::string& program, PrintRequest& request) {
  Arguments arguments(program, "config print", "Shows configs with their bases and overrides applied.");
  request.declare(arguments);
  arguments.flag("--origins", "one line per key: the file and line that set it, and its value", request.with_origins);
  arguments.flag("--json", "one line per config, keys sorted  (default: Python)",
                 [&request] { request.format = Config::Format::json; });
  arguments.flag("--yaml", "YAML instead of Python", [&request] { request.format = Config::Format::yaml; });
  arguments.example("config print configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr=0.01");
  arguments.example("config print configs/fashion_mnist/lenet.py --origins");
  arguments.example("config print configs/fashion_mnist/lenet.py --json");
  return arguments;
}

std::string printed(const Config& config, const PrintRequest& request) {
  if (request.with_origins) return request.format == Config::Format::json ? origins_json(config) : origins_text(config);
  switch (request.format) {
    case Config::Format::json:
      return to_canonical_json(config.tree);
    case Config::Format::yaml:
      return to_yaml(config.tree);
    case Config::Format::python:
      break;
  }
  return to_python(config.tree);
}

}  // namespace

int config_print_command(const Invocation& invocation) {
  PrintRequest request;
  Arguments arguments = print_arguments(invocation.name(), request);
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  if (request.with_origins && request.format == Config::Format::yaml)
    throw Error("--origins is text or --json, not --yaml").help(invocation.name() + " config print --help");
  // A program that reads objects of several configs tells them apart by their order or by their "config".
  const bool has_titles = request.files.size() > 1 && request.format != Config::Format::json;
  bool is_first = true;
  for (const std::string& file : request.files) {
    std::string text = printed(request.read(file), request);
    if (has_titles) text = (is_first ? "# " : "\n# ") + file + "\n" + text;
    if (has_titles && request.format == Config::Format::yaml) text.insert(0, "---\n");
    std::fputs(text.c_str(), stdout);
    is_first = false;
  }
  return 0;
}

}  // namespace millrace
