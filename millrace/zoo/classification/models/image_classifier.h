#pragma once

#include <memory>
#include <optional>
#include <string>

#include "millrace/model/base_model.h"
#include "millrace/nn/backbone.h"
#include "millrace/nn/head.h"
#include "millrace/nn/initializer.h"
#include "millrace/registry/component.h"
#include "millrace/zoo/classification/models/batch_augments.h"

namespace millrace::classification {

/// A data preprocessor; without a `type` in a config it is a ClsDataPreprocessor.
class PreprocessorField : public Component<DataPreprocessor> {
 public:
  using Component<DataPreprocessor>::Component;
};

/// Supervised classification of images: backbone, neck, head.
///
///     ImageClassifier net({.backbone = use<LeNet>({}),
///                          .head = use<LinearClsHead>({.num_classes = 10, .in_channels = 128})});
///
/// Reads   what the data preprocessor and the head read: img, gt_label
/// Writes  what the head writes: pred_score (N, K), pred_label (N)
/// Names   backbone.…, neck.…, head.…, as in mmpretrain's checkpoints
class ImageClassifier final : public BaseModel, public nn::HasInit {
 public:
  struct Options {
    Required<Component<Backbone>> backbone;
    std::optional<OneOrMany<Component<Neck>>> neck{};
    std::optional<Component<Head>> head{};
    PreprocessorField data_preprocessor{};
    std::optional<std::string> pretrained{};
    BatchAugments train_cfg{};
    nn::InitCfg init_cfg{};

    template <class Fields>
    static void describe(Fields& f) {
      f("backbone", &Options::backbone, "images to features");
      f("neck", &Options::neck, "features to features, for example pooling; a list is applied in order");
      f("head", &Options::head, "features to losses and predictions");
      f("data_preprocessor", &Options::data_preprocessor, "a ClsDataPreprocessor unless it has a type");
      f("pretrained", &Options::pretrained, "a checkpoint for initial weights, as far as they fit");
      f("train_cfg", &Options::train_cfg, "batch_augments of a data preprocessor that has none");
      f("init_cfg", &Options::init_cfg, "initial weights; those of backbone, neck and head are applied after them");
    }
  };
  explicit ImageClassifier(Options options);

  /// Every use needs a head.
  void check_use(Mode mode) const override;
  void check_batch(const Batch& batch) const override;
  LossMap loss(Batch& batch) override;
  void predict(Batch& batch) override;
  /// From (N, C, H, W) to scores (N, K); without a head, to the deepest feature.
  at::Tensor forward(at::Tensor inputs) override;
  /// A ClassificationView.
  Component<TaskView> task_view() const override;
  /// An AverageClsScoreTTA.
  Component<BaseTTAModel> tta_model() const override;
  /// From (N, C, H, W) to the input of the head.
  Features extract(const at::Tensor& inputs);
  void init_weights() override;

 private:
  Head& head() const;
  std::shared_ptr<Backbone> backbone_;
  std::shared_ptr<Neck> neck_;
  std::shared_ptr<Head> head_;
  std::optional<std::string> pretrained_;
  Place backbone_place_, neck_place_, head_place_;  // for errors about the features that a part gets
};

}  // namespace millrace::classification

namespace millrace {
template <>
struct TypeOf<classification::PreprocessorField> {
  static std::string name() { return DataPreprocessor::kKind; }
  static void bind(classification::PreprocessorField& field, const Value& value, Binder& binder);
  static Value dump(const classification::PreprocessorField& field) {
    return TypeOf<Component<DataPreprocessor>>::dump(field);
  }
  static void check(const classification::PreprocessorField& field, Binder& binder) {
    TypeOf<Component<DataPreprocessor>>::check(field, binder);
  }
};
}  // namespace millrace
