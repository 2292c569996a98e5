#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/checkpoint/averages.h"
#include "millrace/checkpoint/weights_match.h"
#include "millrace/data/transform.h"
#include "millrace/model/model.h"
#include "millrace/structures/batch.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/state.h"

namespace millrace {

class TaskView;

/// An input: the path of an image file; an image in memory, (H, W, C) or (H, W) uint8, with the channels that the
/// loading step of the test pipeline would give (blue, green, red; red, green, blue without a loading step); or a
/// sample that goes through the whole pipeline.
using InferenceInput = std::variant<std::string, at::Tensor, Sample>;

/// Runs a trained network: the test pipeline and the model of a config with the weights of a checkpoint.
///
///     Inferencer inferencer("config.py", "work_dirs/epoch_8.pth");
///     const Sample row = inferencer.predict("street.jpg");
///     const at::Tensor& depth = row.tensor("pred_depth"_key);
///
/// A zoo has functions to read the rows of its task: zoo/classification/view/prediction.h for classifiers.
///
/// The pipeline is that of `test_dataloader`, else of `val_dataloader`. Its loading step is left out for images in
/// memory. Where it has none, since the dataset itself holds the images, a file is read with the channels that it has:
/// one of grey, or red, green, blue. Nothing else of the config is looked at than model, pipeline, device, precision
/// and channels_last: data need not be there.
/// What is known of the data set (names of classes) comes from the checkpoint's `meta.dataset_meta`; names that it lacks
/// from the dataset's `metainfo` or `classes` in the config. Of a checkpoint the `state_dict` is taken: the averages, where the
/// run kept any; `weights` chooses. `revise_keys = {{"^teacher\\.", ""}}` takes another set of the file.
///
/// It runs in inference mode, without gradients. For one thread at a time; `workers` threads read and transform inputs.
/// ProcessOptions sets the number of threads of operators.
class Inferencer {
 public:
  struct Options {
    int64_t batch_size = 32;                 // inputs per batch
    int workers = 2;                         // threads that read and transform; 0: the calling thread
    std::optional<std::string> device;       // "cuda:1"; absent: the config's, else cpu
    std::optional<Precision> precision;      // of the forward pass; absent: the config's, else fp32
    std::vector<std::string> overrides{};    // of the config: "model.head.num_classes=3"
    std::vector<std::string> config_path{};  // folders of packages, see ReadOptions::search_path
    std::vector<ReviseKey> revise_keys{};    // of the checkpoint's names, see match_weights
    std::optional<WeightSet> weights;        // of a checkpoint with averages (EMA); absent: averaged, where it has any
  };

  /// Throws Error if the config or the checkpoint can't be read, if there is no model or no test pipeline, or if the
  /// checkpoint lacks a tensor of the model or has one of another shape. Further tensors of the checkpoint are listed
  /// in notices().
  Inferencer(const std::string& config, const std::string& checkpoint) : Inferencer(config, checkpoint, Options{}) {}
  Inferencer(const std::string& config, const std::string& checkpoint, Options options);
  /// From a checkpoint with its config in `meta.cfg`, as Millrace and MMEngine write it.
  static Inferencer from_checkpoint(const std::string& checkpoint) { return from_checkpoint(checkpoint, Options{}); }
  static Inferencer from_checkpoint(const std::string& checkpoint, Options options);
  /// From your own model with its weights, on its device unless the options name another. `dataset_meta`:
  /// State::dict({{"classes", State::list({"hat", "shoe"})}}), for names.
  Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline)
      : Inferencer(std::move(model), pipeline, {}, Options{}) {}
  Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline, State dataset_meta,
             Options options);
  ~Inferencer();
  Inferencer(Inferencer&&) noexcept;

  /// The prediction, on the CPU: a row of the batch without `img` and `inputs`. Throws Error with the path if an input
  /// can't be read or is not an image.
  Sample predict(const InferenceInput& input);
  /// The predictions in the order of the inputs; runs batch by batch.
  std::vector<Sample> predict(const std::vector<InferenceInput>& inputs);
  /// Gives each batch after the model, with all of its columns, in order; positions() are indices of `inputs`.
  void for_each_batch(const std::vector<InferenceInput>& inputs, const std::function<void(Batch&)>& visit);

  Model& model();
  /// The view of the predictions: from the config, else from the model. Throws Error if neither has one.
  TaskView& task_view();
  /// {"classes": […], …}; an empty dict if nothing is known.
  const State& dataset_meta() const;
  /// What a user should know: how many tensors were loaded, if not all of the checkpoint's, and which were not.
  const std::vector<std::string>& notices() const;

 private:
  class Impl;
  explicit Inferencer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
