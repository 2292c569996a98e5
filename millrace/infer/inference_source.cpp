#include "millrace/infer/inference_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/config/config.h"
#include "millrace/config/override_effects.h"
#include "millrace/config/overrides.h"
#include "millrace/model/weights.h"
#include "millrace/nn/memory_format.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/device.h"

namespace millrace {
namespace {

/// The config's text of a checkpoint.
const std::string& text_of_config(const State& checkpoint, const std::string& path) {
  const State* meta = checkpoint.find("meta");
  const State* text = meta ? meta->find("cfg") : nullptr;
  if (!text || !text->is_string() || text->string().empty())
    throw NoInference(NoInference::Why::no_config, Error(Place(path), "holds no config, so the network is not known")
                                                       .help(fmt::format("Inferencer(\"config.py\", \"{}\")", path)));
  return text->string();
}

Config config_for_inference(const std::string& path, const State& checkpoint, const std::string& checkpoint_path,
                            const Inferencer::Options& options) {
  ReadOptions reading;
  reading.search_path = options.config_path;
  Config config = path.empty() ? Config::from_string(text_of_config(checkpoint, checkpoint_path),
                                                     Config::Format::python, checkpoint_path + "/cfg", reading)
                               : Config::from_file(path, reading);
  apply_overrides(config, options.overrides);
  return config;
}

/// The test data of a config, below what wraps it; null if it does not exist.
const Value* dataset_of(const Config& config) {
  for (const char* key : {"test_dataloader", "val_dataloader"}) {
    const Value* loader = config.tree.find(key);
    const Value* dataset = loader ? loader->find("dataset") : nullptr;
    while (dataset && !dataset->find("pipeline") && dataset->find("dataset")) dataset = dataset->find("dataset");
    if (dataset) return dataset;
  }
  return nullptr;
}

/// A model of a table has none, and no key that a user could add would make images of its rows.
NoInference no_pipeline(const Config& config, const Value* dataset) {
  using Why = NoInference::Why;
  const Value* type = dataset ? dataset->find("type") : nullptr;
  if (type && type->is_string())
    return {Why::no_images, Error(dataset->place(),
                                  fmt::format("only images can be predicted, and the test data of this model are a {} "
                                              "without a pipeline that prepares one",
                                              type->as_string()))
                                .help("runner.test() evaluates it")};
  return {Why::no_pipeline,
          Error(dataset ? dataset->place() : Place(config.filename),
                "there is no test pipeline: inputs are prepared as test_dataloader.dataset.pipeline says")
              .help("test_dataloader=dict(dataset=dict(type=..., pipeline=[...]))")};
}

std::vector<Component<Transform>> pipeline_of(const Config& config, const Value* dataset) {
  const Value* pipeline = dataset ? dataset->find("pipeline") : nullptr;
  if (!pipeline) throw no_pipeline(config, dataset);
  const Value* scope = config.tree.find("default_scope");
  Binder binder(scope && scope->is_string() ? scope->as_string() : "");
  std::vector<Component<Transform>> transforms;
  {
    const Binder::Step step(binder, "pipeline");
    TypeOf<std::vector<Component<Transform>>>::bind(transforms, *pipeline, binder);
  }
  binder.throw_if_any();
  return transforms;
}

/// What a config says of the network: a part of it that binds without any data.
RunnerOptions network_options(const Config& config) {
  if (!config.tree.find("model")) throw Error(Place(config.filename), "the config has no model");
  Config part = config;
  part.tree = Value::dict().set_place(config.tree.place());
  for (const char* key :
       {"default_scope", "model", "data_preprocessor", "device", "precision", "channels_last", "task_view"})
    if (const Value* value = config.tree.find(key)) part.tree.as_dict().set(key, *value);
  RunSurroundings ignored;
  return bind_run_config(part, ignored);
}

/// A list of texts as one; none for anything else.
State texts_of(const Value* names) {
  State texts = State::list();
  if (!names || !names->is_sequence()) return {};
  for (const Value& name : names->items()) {
    if (!name.is_string()) return {};
    texts.push_back(name.as_string());
  }
  return texts;
}

bool has_texts(const State* names) {
  return names && names->is_sequence() && !names->items().empty() &&
         std::all_of(names->items().begin(), names->items().end(), [](const State& name) { return name.is_string(); });
}

/// The checkpoint knows what it was trained on; of the names of classes a config may say them, too.
State meta_of_data(const State& checkpoint, const Value* dataset) {
  const State* meta = checkpoint.find("meta");
  const State* noted = meta ? meta->find("dataset_meta") : nullptr;
  State result = noted && noted->is_dict() ? *noted : State::dict();
  // The capitals are MMEngine's before 1.0.
  for (const State* names : std::initializer_list<const State*>{result.find("classes"), result.find("CLASSES"),
                                                                meta ? meta->find("CLASSES") : nullptr})
    if (has_texts(names)) {
      State classes = *names;
      result["classes"] = std::move(classes);
      return result;
    }
  const Value* given = dataset ? dataset->find("metainfo") : nullptr;
  for (const Value* names : {given ? given->find("classes") : nullptr, dataset ? dataset->find("classes") : nullptr})
    if (State classes = texts_of(names); has_texts(&classes)) {
      result["classes"] = std::move(classes);
      return result;
    }
  return result;
}

}  // namespace

InferenceParts read_inference_parts(const std::string& config_path, const std::string& checkpoint_path,
                                    const Inferencer::Options& options) {
  const State checkpoint = load_checkpoint_file(checkpoint_path);
  const Config config = config_for_inference(config_path, checkpoint, checkpoint_path, options);
  const Value* dataset = dataset_of(config);
  InferenceParts parts;
  add_override_notices(parts.notices, config);
  parts.pipeline = pipeline_of(config, dataset);
  parts.dataset_meta = meta_of_data(checkpoint, dataset);
  const RunnerOptions network = network_options(config);
  parts.model = network.model->build();
  if (const Component<TaskView> view = network.task_view.empty() ? parts.model->task_view() : network.task_view)
    parts.task_view = view.build();
  try {
    const WeightsMatch match =
        load_weights(parts.model->modules(), checkpoint,
                     {.fit = Fit::model, .source = checkpoint_path, .revise_keys = options.revise_keys});
    if (!match.fits() || !match.unread.empty()) parts.notices.push_back(match.summary(checkpoint_path).text);
  } catch (WeightsMisfit& misfit) {
    misfit.word({.revise = as_call});
    throw;
  }
  check_finite(parts.model->modules(), checkpoint_path);
  const at::Device device = checked_device(options.device.value_or(network.device));
  parts.model->to(device);
  if (network.channels_last) nn::to_channels_last(parts.model->modules());
  const Precision wanted = options.precision ? *options.precision : network.precision.value_or(Precision::fp32);
  parts.precision = supported_precision(wanted, device);
  return parts;
}

}  // namespace millrace
