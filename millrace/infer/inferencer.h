#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "millrace/data/transform.h"
#include "millrace/model/model.h"
#include "millrace/structures/batch.h"
#include "millrace/tensor/precision.h"

namespace millrace {

class Config;

/// What a network is asked about: the path of an image file; an image in memory, (H, W, C) or (H, W) uint8 with
/// channels as the test pipeline's loading step would give them (blue, green, red); or a sample that goes through the
/// pipeline as it is.
using InferenceInput = std::variant<std::string, at::Tensor, Sample>;

/// What a classifier says of one input.
struct Prediction {
  std::string name;            // of the class; its number where names are not known
  int64_t label = -1;          // of the class with the highest score
  double score = 0;            // of that class
  std::vector<double> scores;  // of all classes, in the order of labels
};

/// A trained network in use: the model of a config with the weights of a checkpoint, behind the config's test pipeline.
///
///     #include "millrace/infer/inferencer.h"
///     #include <cstdio>
///
///     int main(int argc, char** argv) {
///       millrace::Inferencer inferencer("config.py", "work_dirs/epoch_8.pth");
///       for (int i = 1; i < argc; ++i) {
///         const millrace::Prediction said = inferencer.predict(argv[i]);
///         std::printf("%s: %s (%.3f)\n", argv[i], said.name.c_str(), said.score);
///       }
///     }
///
/// The pipeline is that of `test_dataloader`, else of `val_dataloader`. Its loading step is left out for images in
/// memory. Where it has none, since the dataset itself holds the images, a file is read with the channels that it has:
/// one of grey, or red, green, blue. Nothing else of the config is looked at than model, pipeline, device, precision
/// and channels_last: data need not be there.
/// Names of classes come from the checkpoint's `meta.dataset_meta`, else from the dataset's `metainfo` or `classes` in
/// the config. Of a checkpoint the `state_dict` is taken; where an averaged model was kept, that is the averaged one.
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
  };

  /// Throws Error if the config or the checkpoint can't be read, if there is no model or no test pipeline, or if the
  /// checkpoint lacks a tensor of the model or has one of another shape; tensors that it has on top are in notices().
  Inferencer(const std::string& config, const std::string& checkpoint) : Inferencer(config, checkpoint, Options{}) {}
  Inferencer(const std::string& config, const std::string& checkpoint, Options options);
  /// A checkpoint that holds its config, in `meta.cfg`: all of ours, and MMEngine's.
  static Inferencer from_checkpoint(const std::string& checkpoint) { return from_checkpoint(checkpoint, Options{}); }
  static Inferencer from_checkpoint(const std::string& checkpoint, Options options);
  /// A model of the program's own, on its device unless the options name another, with the weights that it has. Without
  /// `classes` names are numbers.
  Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline)
      : Inferencer(std::move(model), pipeline, {}, Options{}) {}
  Inferencer(std::shared_ptr<Model> model, const std::vector<Component<Transform>>& pipeline,
             std::vector<std::string> classes, Options options);
  ~Inferencer();
  Inferencer(Inferencer&&) noexcept;

  /// Throws Error, naming the file, if an input can't be read or is no image, and if the model gives no `pred_score`.
  Prediction predict(const InferenceInput& input);
  /// In the order of the inputs; batch by batch.
  std::vector<Prediction> predict(const std::vector<InferenceInput>& inputs);
  /// Each batch as the model left it, with all of its columns, in order; positions() are indices of `inputs`. For
  /// models that say something else than a class.
  void for_each_batch(const std::vector<InferenceInput>& inputs, const std::function<void(Batch&)>& visit);
  /// The rows of such a batch, of a classifier.
  std::vector<Prediction> predictions(const Batch& batch) const;

  Model& model();
  /// Names by label; empty where they are not known.
  const std::vector<std::string>& classes() const;
  /// What a user should know: tensors of the checkpoint that the model has no use for.
  const std::vector<std::string>& notices() const;

 private:
  class Impl;
  explicit Inferencer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
