#pragma once

#include <memory>
#include <string>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/infer/inferencer.h"

namespace millrace {

/// A checkpoint or a config that no Inferencer can be made of. The command words the help in its own way.
class NoInference final : public Error {
 public:
  enum class Why { no_config, no_images, no_pipeline };
  NoInference(Why why, Error error) : Error(std::move(error)), why(why) {}
  Why why;
};

/// The parts of an Inferencer.
struct InferenceParts {
  std::shared_ptr<Model> model;  // on its device, with its weights
  std::vector<Component<Transform>> pipeline;
  State dataset_meta = State::dict();
  std::shared_ptr<TaskView> task_view;  // null if neither config nor model names one
  std::vector<std::string> notices;
  Precision precision = Precision::fp32;
};

/// Whether inputs go through the test pipeline; where they don't, the config may lack one, and the parts have none.
enum class Pipelines { needed, optional };

/// Makes the parts from a config and a checkpoint; for the config "" the one in the checkpoint. Throws as Inferencer's
/// constructor.
InferenceParts read_inference_parts(const std::string& config, const std::string& checkpoint,
                                    const Inferencer::Options& options, Pipelines pipelines = Pipelines::needed);
/// The same from the bytes of a checkpoint file, which messages call `name`; without a pipeline.
InferenceParts inference_parts_in_memory(const std::string& config, const std::string& content, const std::string& name,
                                         const Inferencer::Options& options);

}  // namespace millrace
