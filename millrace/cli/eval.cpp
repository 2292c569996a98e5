#include <cstdio>

#include "millrace/base/error.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"

namespace millrace {

int eval_command(const Invocation& invocation) {
  std::string what;
  std::optional<std::string> results, data;
  EvalResultsRequest request;
  Arguments arguments(
      invocation.name(), "eval",
      "Computes metrics of stored predictions: of a file of DumpResults, or of numbers in a JSON file.");
  arguments.positional("CONFIG|METRIC", "a config whose test_evaluator is used; with --data the name of a metric",
                       what);
  arguments.positional("RESULTS", "for a CONFIG: a file that DumpResults wrote, .pth or .pkl", results);
  arguments.overrides(request.overrides, "replaces an entry of the config, or sets a parameter of the metric: topk=5");
  arguments.config_path(request.config_path);
  arguments.option("--data", "FILE", "for a METRIC: a JSON object with its inputs; millrace list FileMeasure shows all",
                   data);
  arguments.flag("--json", "one object", request.json);
  arguments.example("eval configs/fashion_mnist/lenet.py results.pkl");
  arguments.example("eval accuracy --data case.json topk=[1,5] --json");
  arguments.example("eval segmentation --data case.json num_classes=19 ignore_index=255");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  if (data && results) throw Error("eval takes RESULTS for a config, or --data for a metric, got both");
  if (data) {
    std::fputs(engine().eval_file({what, *data, request.overrides, request.json}).c_str(), stdout);
    return 0;
  }
  if (!results)
    throw Error("eval needs RESULTS for a config, or --data for a metric").help(invocation.name() + " eval --help");
  request.config = what;
  request.results = *results;
  std::fputs(engine().eval_results(request).c_str(), stdout);
  return 0;
}

}  // namespace millrace
