#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/config/config.h"
#include "millrace/config/dump.h"
#include "millrace/config/json.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"

namespace millrace {

namespace {

/// A copy of the top level with `model.data_preprocessor` filled in from the key of that name beside it, as MMEngine
/// does.
Value with_preprocessor_in_model(const Value& tree) {
  const Value* preprocessor = tree.find("data_preprocessor");
  const Value* model = tree.find("model");
  if (!preprocessor || preprocessor->is_null() || !model || !model->is_dict() || model->find("data_preprocessor"))
    return tree;
  Value whole = Value::dict();
  for (const auto& [key, value] : tree.as_dict()) whole.as_dict().set(key, value);
  Value filled = Value::dict();
  for (const auto& [key, value] : model->as_dict()) filled.as_dict().set(key, value);
  filled.as_dict().set(Value("data_preprocessor").set_place(tree.as_dict().entry("data_preprocessor")->key.place()),
                       *preprocessor);
  whole.as_dict().set("model", filled.set_place(model->place()));
  return whole.set_place(tree.place());
}

}  // namespace

RunnerOptions bind_run_config(const Config& config, RunSurroundings& surroundings) {
  static const Schema kSchema = Schema::of<RunnerOptions>("the config");
  const Value tree = with_preprocessor_in_model(config.tree);
  const Value* scope = tree.find("default_scope");
  Binder binder(scope && scope->is_string() ? scope->as_string() : "");

  // A name that the config itself uses is a variable; one that is close to a key is a slip; another one is worth a
  // notice.
  const std::vector<std::string> keys = kSchema.keys();
  std::vector<std::string> foreign, unused;
  for (const auto& [key, value] : tree.as_dict()) {
    if (!key.is_string() || kSchema.has(key.as_string())) continue;
    const std::string& name = key.as_string();
    if (config.is_variable(name)) foreign.push_back(name);
    else if (!nearest(name, keys)) foreign.push_back(name), unused.push_back(name);
  }
  if (!unused.empty()) surroundings.notices.push_back("nothing reads the config's " + join(unused));

  surroundings.notices.insert(surroundings.notices.end(), config.notices.begin(), config.notices.end());
  RunnerOptions options = detail::make_options<RunnerOptions>();
  kSchema.bind(&options, tree, binder, foreign);
  binder.mistakes().throw_if_any();
  surroundings.config_text = to_python(config.tree);
  surroundings.config_name = std::filesystem::path(config.filename).stem().string();
  surroundings.effective_json = to_json(kSchema.dump(&options)) + "\n";
  return options;
}

}  // namespace millrace
