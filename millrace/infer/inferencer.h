#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/checkpoint/weights_match.h"
#include "millrace/data/transform.h"
#include "millrace/model/model.h"
#include "millrace/structures/batch.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/state.h"

namespace millrace {

class TaskView;

/// What a network is asked about: the path of an image file; an image in memory, (H, W, C) or (H, W) uint8 with
/// channels as the test pipeline's loading step would give them (blue, green, red; without one red, green, blue); or a
/// sample that goes through the pipeline as it is.
using InferenceInput = std::variant<std::string, at::Tensor, Sample>;

/// A trained network in use: the model of a config with the weights of a checkpoint, behind the config's test pipeline.
///
///     Inferencer inferencer("config.py", "work_dirs/epoch_8.pth");
///     const Sample row = inferencer.predict("street.jpg");
///     const at::Tensor& depth = row.tensor("pred_depth"_key);
///
/// A zoo has what makes a task's rows easy to read: zoo/classification/view/prediction.h for classifiers.
///
/// The pipeline is that of `test_dataloader`, else of `val_dataloader`. Its loading step is left out for images in
/// memory. Where it has none, since the dataset itself holds the images, a file is read with the channels that it has:
/// one of grey, or red, green, blue. Nothing else of the config is looked at than model, pipeline, device, precision
/// and channels_last: data need not be there.
/// What is known of the data set (names of classes) comes from the checkpoint's `meta.dataset_meta`; names that it lacks
/// from the dataset's `metainfo` or `classes` in the config. Of a checkpoint the `state_dict` is taken; where an averaged model was kept, that is the averaged one;
/// `revise_keys = {{"^ema_state_dict\\.", ""}}` takes another set of the file.
///
/// Runs in inference mode: what the model computes can't be trained through. For one thread at a time; inputs are read
/// and transformed by `workers` threads. How many threads an operator has is the process's affair (ProcessOptions).
class Inferencer {
 public:
  struct Options {
    int64_t batch_size = 32;                 // inputs that go through the network together
    int workers = 2;                         // threads that read and transform; 0: the calling thread does
    std::optional<std::string> device;       // "cuda:1"; none: the config's, else cpu
    std::optional<Precision> precision;      // of the forward pass; none: the config's, else fp32
    std::vector<std::string> overrides{};    // of the config: "model.head.num_classes=3"
    std::vector<std::string> config_path{};  // folders of packages, see ReadOptions::search_path
    std::vector<ReviseKey> revise_keys{};    // of the checkpoint's names, see match_weights
  };

  /// Throws Error if the config or the checkpoint can't be read, if there is no model or no test pipeline, or if the
  /// checkpoint lacks a tensor of the model or has one of another shape; tensors that it has on top are in notices().
  Inferencer(const std::string& config, const std::string& checkpoint) : Inferencer(config, checkpoint, Options{}) {}
  Inferencer(const std::string& config, const std::string& checkpoint, Options options);
  /// A checkpoint that holds its config, in `meta.cfg`: all of ours, and MMEngine's.
  static Inferencer from_checkpoint(const std::string& checkpoint) { return from_checkpoint(checkpoint, Options{}); }
  static Inferencer from_checkpoint(const std::string& checkpoint, Options options);
  /// A model of the program's own, on its device unless the options name another, with the weights that it has.
  /// `dataset_meta`: State::dict({{"classes", State::list({"hat", "shoe"})}}), for names.
  Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline)
      : Inferencer(std::move(model), pipeline, {}, Options{}) {}
  Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline, State dataset_meta,
             Options options);
  ~Inferencer();
  Inferencer(Inferencer&&) noexcept;

  /// What the model predicts, on the CPU: a row of its batch without the images, `img` and `inputs`. Throws Error,
  /// naming the file, if an input can't be read or is no image.
  Sample predict(const InferenceInput& input);
  /// In the order of the inputs; batch by batch.
  std::vector<Sample> predict(const std::vector<InferenceInput>& inputs);
  /// Each batch as the model left it, with all of its columns, in order; positions() are indices of `inputs`.
  void for_each_batch(const std::vector<InferenceInput>& inputs, const std::function<void(Batch&)>& visit);

  Model& model();
  /// How people see the predictions: as the config says, else as the model does. Throws Error where nobody knows.
  TaskView& task_view();
  /// {"classes": […], …}; an empty dict where nothing is known.
  const State& dataset_meta() const;
  /// What a user should know: how many tensors were loaded, if not all of the checkpoint's, and which were not.
  const std::vector<std::string>& notices() const;

 private:
  class Impl;
  explicit Inferencer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
