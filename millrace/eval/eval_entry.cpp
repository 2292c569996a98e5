// `millrace eval METRIC --data FILE`: the entry of cli/engine.h.
#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/cli/engine.h"
#include "millrace/config/json.h"
#include "millrace/config/overrides.h"
#include "millrace/eval/figures.h"
#include "millrace/eval/file_measure.h"
#include "millrace/io/file.h"
#include "millrace/tensor/json.h"

namespace millrace {
namespace {

void check_name(const std::string& name) {
  std::vector<std::string> names;
  for (const ComponentEntry* entry : ComponentTable::instance().all())
    if (entry->kind == FileMeasure::kKind) names.push_back(entry->name);
  if (std::find(names.begin(), names.end(), name) != names.end()) return;
  throw Error("no metric '" + name + "'" + did_you_mean(name, names)).note("metrics: " + join(names));
}

/// {type: NAME, KEY: VALUE, …} of the words "KEY=VALUE".
Value measure_config(const EvalFileRequest& request) {
  Value config = Value::dict();
  config.as_dict().set("type", request.metric);
  for (const std::string& word : request.params) {
    const size_t sign = word.find('=');
    const std::string key = word.substr(0, sign);
    const Place place = override_place(word);
    if (key == "type") throw Error(place, request.metric + " has no key 'type'");
    config.as_dict().set(Value(key).set_place(place),
                         parse_override(std::string_view(word).substr(sign + 1), place).set_place(place));
  }
  return config;
}

std::string eval_file(const EvalFileRequest& request) {
  check_name(request.metric);
  const auto measure = FileMeasure::Registry::build(measure_config(request), "");
  FileInputs inputs(read_json(io::read_file(request.data), request.data), request.metric);
  const State figures = measure->figures(inputs);
  inputs.finish();
  return request.json ? to_json(figures) + "\n" : figures_text(figures);
}

[[maybe_unused]] const bool eval_is_installed = [] {
  install_engine({.eval_file = eval_file});
  return true;
}();

}  // namespace
}  // namespace millrace
