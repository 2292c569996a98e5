#include "millrace/infer/inference_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/checkpoint/data_meta.h"
#include "millrace/config/config.h"
#include "millrace/config/override_effects.h"
#include "millrace/config/overrides.h"
#include "millrace/data/followed_names.h"
#include "millrace/io/file.h"
#include "millrace/io/text.h"
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

/// The names of classes that a key of a dataset gives: a list, or a file that has one in a line; none for anything else.
State class_names(const Value* given, const Value& dataset) {
  State names = State::list();
  if (given && given->is_string() && io::file_exists(given->as_string())) {
    const Value* named = dataset.find("encoding");
    const auto encoding = io::find_encoding(named && named->is_string() ? named->as_string() : "utf-8");
    io::for_each_line(io::read_text(given->as_string(), encoding.value_or(io::Encoding::utf_8)),
                      [&](std::string_view name, int) { names.push_back(std::string(name)); });
    return names;
  }
  if (!given || !given->is_sequence()) return names;
  for (const Value& name : given->items()) {
    if (!name.is_string()) return State::list();
    names.push_back(name.as_string());
  }
  return names;
}

/// What a config says of the classes of its data: a dict.
State meta_in_config(const Value* dataset) {
  if (!dataset) return State::dict();
  const Value* meta = dataset->find("metainfo");
  for (const Value* given : {meta ? meta->find("classes") : nullptr, dataset->find("classes")})
    if (State names = class_names(given, *dataset); !names.items().empty())
      return State::dict({{"classes", std::move(names)}});
  return State::dict();
}

/// Classes have the places and the names that they have in the checkpoint; where it has no names, those of the config.
/// Throws Error if the config names a class that the checkpoint does not know.
State meta_of_data(const State& checkpoint, const std::string& file, const Value* dataset) {
  State noted = data_meta_of(checkpoint);
  const State given = meta_in_config(dataset);
  check_names({given, "the test data of the config"}, {noted, file});
  const State* classes = given.find("classes");
  if (classes && names_in(noted, "classes").empty()) noted["classes"] = *classes;
  return noted;
}

/// Which weights a checkpoint with averages gives; "" for one that has none.
std::string text_of_weights(const State& checkpoint, const std::string& file, std::optional<WeightSet> wanted) {
  if (!has_averages(checkpoint)) return "";
  return wanted == WeightSet::trained
             ? "the weights of " + file + " are those that were trained; it has averages (EMA), too"
             : "the weights of " + file + " are averages (EMA) of those that were trained";
}

InferenceParts parts_of(const std::string& config_path, State checkpoint, const std::string& checkpoint_path,
                        const Inferencer::Options& options, Pipelines pipelines) {
  const Config config = config_for_inference(config_path, checkpoint, checkpoint_path, options);
  const Value* dataset = dataset_of(config);
  InferenceParts parts;
  add_override_notices(parts.notices, config);
  if (pipelines == Pipelines::needed) parts.pipeline = pipeline_of(config, dataset);
  parts.dataset_meta = meta_of_data(checkpoint, checkpoint_path, dataset);
  const std::string which = text_of_weights(checkpoint, checkpoint_path, options.weights);
  if (!which.empty()) parts.notices.push_back(which);
  if (options.weights) take_weights(checkpoint, *options.weights, checkpoint_path);
  if (!which.empty() && options.revise_keys.empty()) checkpoint.erase("ema_state_dict");  // it has been told of
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

}  // namespace

InferenceParts read_inference_parts(const std::string& config_path, const std::string& checkpoint_path,
                                    const Inferencer::Options& options, Pipelines pipelines) {
  return parts_of(config_path, load_checkpoint_file(checkpoint_path), checkpoint_path, options, pipelines);
}

InferenceParts inference_parts_in_memory(const std::string& config_path, const std::string& content,
                                         const std::string& name, const Inferencer::Options& options) {
  return parts_of(config_path, load_checkpoint_file(*io::open_memory(name, content)), name, options,
                  Pipelines::optional);
}

}  // namespace millrace
