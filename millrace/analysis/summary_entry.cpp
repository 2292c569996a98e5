// What `millrace summary` asks of the engine: the entry of cli/engine.h.
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "millrace/analysis/model_summary.h"
#include "millrace/base/class_name.h"
#include "millrace/base/text.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/data/data_loader.h"
#include "millrace/model/stepped_model.h"
#include "millrace/nn/layer_error.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/run_surroundings.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/batch.h"

namespace millrace {
namespace {

constexpr const char* kShapeHelp = "--shape 3,224,224 (channels, height, width)";

at::Tensor input_of_shape(const std::string& text) {
  std::vector<int64_t> shape = {1};
  for (const std::string& word : split(text, ',')) {
    const std::string number(trim(word));
    const bool is_size = !number.empty() && number.size() < 10 &&
                         number.find_first_not_of("0123456789") == std::string::npos && std::stoll(number) > 0;
    if (!is_size) throw Error("--shape takes sizes between commas, got '" + text + "'").help(kShapeHelp);
    shape.push_back(std::stoll(number));
  }
  return at::zeros(shape);
}

/// The first sample of the config's data, as the network is given it.
at::Tensor input_from_data(const RunnerOptions& options, SteppedModel& model) {
  for (const auto* loader : {&options.val_dataloader, &options.test_dataloader, &options.train_dataloader}) {
    if (!loader->options()) continue;
    DataLoader::Options one = *loader->options();
    one.batch_size = 1;
    one.num_workers = 0;
    try {
      DataLoader data(one);
      data.start(0, 0);
      Batch* batch = data.next();
      if (!batch) throw Error("the data set is empty");
      model.data_preprocessor().process(*batch, DataPreprocessor::Purpose::evaluation);
      const at::Tensor input = batch->tensor(keys::inputs).clone();
      data.stop();
      return input;
    } catch (Error& error) {
      error.note("while looking at the config's data for the shape of an input").help(kShapeHelp);
      throw;
    }
  }
  throw Error("the config has no data that would tell the shape of an input").help(kShapeHelp);
}

/// Layers and libtorch say what does not fit, not that it is the input.
ModelSummary summary_of(SteppedModel& model, const at::Tensor& input, const SummaryRequest& request) {
  const auto refuse = [&](const std::string& reason) {
    return Error(fmt::format("the model does not take an input ({}): {}", fmt::join(input.sizes(), ", "), reason))
        .help(kShapeHelp);
  };
  try {
    return summarize(model, input, request.depth);
  } catch (const nn::LayerError& error) {
    throw refuse(error.at(model.modules()).summary());
  } catch (const c10::Error& error) {
    throw refuse(error.what_without_backtrace());
  }
}

std::string model_summary(const SummaryRequest& request) {
  ReadOptions reading;
  reading.search_path = request.config_path;
  Config config = Config::from_file(request.config, reading);
  apply_overrides(config, request.overrides);
  RunSurroundings surroundings;
  const RunnerOptions options = bind_run_config(config, surroundings);
  const std::shared_ptr<Model> model = options.model->build();
  auto* stepped = dynamic_cast<SteppedModel*>(model.get());
  if (!stepped)
    throw Error(fmt::format("{} has no forward that a summary could run: it is not a SteppedModel",
                            class_name_of(typeid(*model))));
  const at::Tensor input = request.shape ? input_of_shape(*request.shape) : input_from_data(options, *stepped);
  const ModelSummary summary = summary_of(*stepped, input, request);
  return request.json ? summary_json(summary) : summary_text(summary);
}

[[maybe_unused]] const bool summary_is_installed = [] {
  install_engine({.summary = model_summary});
  return true;
}();

}  // namespace
}  // namespace millrace
