#include "millrace/zoo/classification/models/image_classifier.h"

#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/model/weights.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/models/cls_data_preprocessor.h"
#include "millrace/zoo/classification/models/global_average_pooling.h"
#include "millrace/zoo/classification/models/lenet.h"
#include "millrace/zoo/classification/models/lenet5.h"
#include "millrace/zoo/classification/models/linear_cls_head.h"
#include "tests/support/all_close.h"

namespace millrace::classification {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> state_names_of(const Model& model) {
  std::vector<std::string> names;
  for (const auto& each : model.modules().state())
    if (!each.name.ends_with("num_batches_tracked")) names.push_back(each.name);
  return names;
}

Batch batch_of(const at::Tensor& images, const at::Tensor& labels) {
  Batch batch(images.size(0));
  batch.set(keys::img, Dense{images});
  batch.set(keys::gt_label, Dense{labels});
  return batch;
}

Value dict(std::vector<std::pair<std::string, Value>> entries, int line = 0) {
  Value made = Value::dict();
  for (auto& [key, value] : entries) made.as_dict().set(key, value);
  if (line) made.set_place(Place("c.py").at(line, 3));
  return made;
}

std::shared_ptr<Model> from_config(const Value& config) { return Model::Registry::build(config, "mmpretrain"); }

ImageClassifier small_classifier(LinearClsHead::Options head = {.num_classes = 4, .in_channels = 16}) {
  return ImageClassifier({.backbone = use<LeNet>({.widths = {4, 8}, .hidden = 16}), .head = use<LinearClsHead>(head)});
}

TEST(ImageClassifier, HasTheNamesOfItsParts) {
  EXPECT_THAT(
      state_names_of(small_classifier()),
      ElementsAre("backbone.conv1.weight", "backbone.bn1.weight", "backbone.bn1.bias", "backbone.bn1.running_mean",
                  "backbone.bn1.running_var", "backbone.conv2.weight", "backbone.bn2.weight", "backbone.bn2.bias",
                  "backbone.bn2.running_mean", "backbone.bn2.running_var", "backbone.fc1.weight", "backbone.fc1.bias",
                  "head.fc.weight", "head.fc.bias"));
}

TEST(ImageClassifier, OfLeNet5HasTheNamesOfMmpretrain) {
  const ImageClassifier net({.backbone = use<LeNet5>({.num_classes = 10}), .head = use<ClsHead>()});
  EXPECT_THAT(state_names_of(net),
              ElementsAre("backbone.features.0.weight", "backbone.features.0.bias", "backbone.features.3.weight",
                          "backbone.features.3.bias", "backbone.features.6.weight", "backbone.features.6.bias",
                          "backbone.classifier.0.weight", "backbone.classifier.0.bias", "backbone.classifier.2.weight",
                          "backbone.classifier.2.bias"));
}

TEST(ImageClassifier, GivesLossesAndAccuracyOfTheBatch) {
  ImageClassifier net =
      small_classifier({.num_classes = 4, .in_channels = 16, .common = {.topk = {1, 4}, .cal_acc = true}});
  const at::Tensor images = at::randint(0, 255, {6, 1, 28, 28}, at::kByte);
  Batch batch = batch_of(images, at::randint(0, 4, {6}, at::kLong));
  net.data_preprocessor().process(batch, DataPreprocessor::Purpose::training);
  const LossMap losses = net.loss(batch);
  ASSERT_EQ(losses.entries().size(), 3u);
  EXPECT_EQ(losses.entries()[0].name.name(), "loss");
  EXPECT_TRUE(losses.entries()[0].value.requires_grad());
  EXPECT_EQ(losses.entries()[1].name.name(), "accuracy_top-1");
  EXPECT_EQ(losses.entries()[2].value.item<double>(), 100);
}

TEST(ImageClassifier, WritesPredictionsIntoTheBatch) {
  ImageClassifier net = small_classifier();
  net.set_training(false);
  const at::Tensor images = at::randint(0, 255, {6, 1, 28, 28}, at::kByte);
  Batch batch = batch_of(images, at::randint(0, 4, {6}, at::kLong));
  net.val_step(batch);
  EXPECT_THAT(batch.tensor(keys::pred_score).sum(1), AllClose(at::ones({6}), {.rtol = 1e-6}));
  EXPECT_THAT(batch.tensor(keys::pred_label), SameTensor(batch.tensor(keys::pred_score).argmax(1)));
  EXPECT_THAT(net.forward(batch.tensor(keys::inputs)).softmax(1),
              AllClose(batch.tensor(keys::pred_score), {.rtol = 1e-5}));
}

TEST(ImageClassifier, LearnsFromGivenScoresBeforeLabels) {
  ImageClassifier net({.backbone = use<LeNet>({.widths = {4}, .hidden = 8}),
                       .head = use<LinearClsHead>({.num_classes = 3, .in_channels = 8}),
                       .data_preprocessor = std::make_shared<ClsDataPreprocessor>(
                           ClsDataPreprocessor::Options{.to_onehot = true, .num_classes = 3})});
  Batch batch = batch_of(at::randint(0, 255, {2, 1, 28, 28}, at::kByte), at::tensor({2, 0}, at::kLong));
  net.data_preprocessor().process(batch, DataPreprocessor::Purpose::training);
  EXPECT_THAT(batch.tensor(keys::gt_score), SameTensor(at::tensor({0.f, 0.f, 1.f, 1.f, 0.f, 0.f}).view({2, 3})));
  Batch with_labels = batch;
  with_labels.erase(keys::gt_score);
  net.set_training(false);
  EXPECT_THAT(net.loss(batch).total(), AllClose(net.loss(with_labels).total(), {.rtol = 1e-6}));
}

TEST(ImageClassifier, DrawsTheHeadFromANarrowNormal) {
  ImageClassifier net({.backbone = use<LeNet>({.widths = {4}, .hidden = 400}),
                       .head = use<LinearClsHead>({.num_classes = 100, .in_channels = 400})});
  net.init_weights();
  const auto params = net.modules().all_params();
  EXPECT_NEAR(params[params.size() - 2].tensor.std().item<double>(), 0.01, 2e-4);
  EXPECT_THAT(params.back().tensor, SameTensor(at::full({100}, 0.0f)));
}

TEST(ImageClassifier, IsMadeFromAConfigWhosePreprocessorHasNoType) {
  const auto model =
      from_config(dict({{"type", "ImageClassifier"},
                        {"backbone", dict({{"type", "LeNet5"}})},
                        {"neck", dict({{"type", "GlobalAveragePooling"}})},
                        {"head", dict({{"type", "LinearClsHead"},
                                       {"num_classes", 10},
                                       {"in_channels", 120},
                                       {"loss", dict({{"type", "LabelSmoothLoss"}, {"label_smooth_val", 0.1}})},
                                       {"topk", Value::tuple({1, 5})}})},
                        {"data_preprocessor",
                         dict({{"mean", Value::list({33.46})}, {"std", Value::list({78.87})}, {"num_classes", 10}})}}));
  Batch batch = batch_of(at::full({2, 1, 32, 32}, 255, at::kByte), at::tensor({1, 2}, at::kLong));
  model->set_training(false);
  model->val_step(batch);
  EXPECT_NEAR(batch.tensor(keys::inputs).max().item<double>(), (255 - 33.46) / 78.87, 1e-5);
  EXPECT_EQ(batch.tensor(keys::pred_score).sizes(), (at::IntArrayRef{2, 10}));
}

// On a device a kernel would end the process: labels are looked at before the batch goes there.
TEST(ImageClassifier, LooksAtLabelsBeforeTheBatchIsMoved) {
  const ImageClassifier net = small_classifier();
  EXPECT_NO_THROW(net.check_batch(batch_of(at::ones({2, 1, 28, 28}), at::tensor({-100, 3}))));
  EXPECT_THAT(
      [&] {
        net.check_batch(batch_of(at::ones({2, 1, 28, 28}), at::tensor({0, 4})));
      },
      ThrowsMessage<Error>("the head got the label 4, there are 4 classes: 0 to 3\n"
                           "  help: num_classes=5 of the head, if the data are right"));
  ClsDataPreprocessor to_scores({.to_onehot = true, .num_classes = 3});
  Batch batch = batch_of(at::ones({2, 1, 28, 28}), at::tensor({0, 3}));
  EXPECT_THAT([&] { to_scores.process(batch, DataPreprocessor::Purpose::training); },
              ThrowsMessage<Error>(HasSubstr("ClsDataPreprocessor got the label 3, there are 3 classes: 0 to 2")));
}

TEST(ImageClassifier, ReportsAWidthThatDoesNotFitAtTheHeadsPlace) {
  const auto model =
      from_config(dict({{"type", "ImageClassifier"},
                        {"backbone", dict({{"type", "LeNet"}, {"hidden", 512}})},
                        {"head", dict({{"type", "LinearClsHead"}, {"num_classes", 10}, {"in_channels", 2048}}, 9)}}));
  Batch batch = batch_of(at::full({64, 1, 28, 28}, 1, at::kByte), at::full({64}, 1, at::kLong));
  EXPECT_THAT([&] { model->val_step(batch); },
              ThrowsMessage<Error>(
                  "c.py:9:3: LinearClsHead got input (64, 512), in_channels is 2048\n  help: in_channels=512"));
}

TEST(ImageClassifier, MissesThePoolingBeforeALinearHead) {
  const auto model =
      from_config(dict({{"type", "ImageClassifier"},
                        {"backbone", dict({{"type", "LeNet5"}})},
                        {"head", dict({{"type", "LinearClsHead"}, {"num_classes", 10}, {"in_channels", 120}})}}));
  Batch batch = batch_of(at::full({2, 1, 32, 32}, 1, at::kByte), at::full({2}, 1, at::kLong));
  EXPECT_THAT([&] { model->val_step(batch); },
              ThrowsMessage<Error>("LinearClsHead got input (2, 120, 1, 1), in_channels is 120\n"
                                   "  help: neck=dict(type='GlobalAveragePooling') between backbone and head"));
}

TEST(ImageClassifier, StartsFromThePretrainedWeightsThatFit) {
  const std::string path = testing::TempDir() + "pretrained_lenet.pth";
  ImageClassifier of_four = small_classifier();
  save_checkpoint_file(path, State::dict({{"state_dict", state_dict(of_four.modules())}}));
  ImageClassifier of_seven({.backbone = use<LeNet>({.widths = {4, 8}, .hidden = 16}),
                            .head = use<LinearClsHead>({.num_classes = 7, .in_channels = 16}),
                            .pretrained = path});
  of_seven.init_weights();
  EXPECT_THAT(of_seven.modules().all_params()[0].tensor, SameTensor(of_four.modules().all_params()[0].tensor));
  EXPECT_EQ(of_seven.modules().all_params().back().tensor.size(0), 7);
}

TEST(LeNet, TellsWhatImagesItTakes) {
  LeNet net;
  EXPECT_THAT(
      [&] {
        net.forward(at::rand({2, 3, 32, 32}));
      },
      ThrowsMessage<Error>("LeNet got input (2, 3, 32, 32), in_channels is 1 and image_size 28\n"
                           "  help: in_channels=3, image_size=32"));
  EXPECT_THAT([] { LeNet({.widths = {1, 1, 1, 1, 1}}); }, ThrowsMessage<Error>(HasSubstr("\n  at most 4 widths fit")));
  EXPECT_THAT(
      [] {
        LeNet({.widths = {1, 1}, .kernel_size = {3, 3, 3}});
      },
      ThrowsMessage<Error>("LeNet has 2 widths, but 3 of kernel_size"));
}

TEST(GlobalAveragePooling, TakesTheMeanOfEachChannel) {
  const at::Tensor x = at::rand({2, 3, 4, 5});
  EXPECT_THAT(GlobalAveragePooling().forward({x}).back(), AllClose(x.mean({2, 3}), {.rtol = 1e-5}));
  EXPECT_THAT([&] { GlobalAveragePooling().forward({x[0]}); },
              ThrowsMessage<Error>("GlobalAveragePooling got input (3, 4, 5), dim is 2\n  help: dim=1"));
}

}  // namespace
}  // namespace millrace::classification
