#include "millrace/zoo/classification/models/batch_augments.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/structures/batch.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/models/cls_data_preprocessor.h"
#include "millrace/zoo/classification/models/cutmix.h"
#include "millrace/zoo/classification/models/image_classifier.h"
#include "millrace/zoo/classification/models/lenet.h"
#include "millrace/zoo/classification/models/linear_cls_head.h"
#include "millrace/zoo/classification/models/mixup.h"
#include "millrace/zoo/classification/models/resize_mix.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"

namespace millrace::classification {
namespace {
using testing::HasSubstr;
using testing::ThrowsMessage;
using Json = nlohmann::json;
using Purpose = DataPreprocessor::Purpose;

at::Tensor doubles(const Json& values, at::IntArrayRef shape) {
  return at::tensor(values.get<std::vector<double>>(), at::kDouble).view(shape);
}

TEST(BatchMixes, AreThoseOfMmpretrainForTheSameDraws) {
  std::ifstream file(source_path("/tests/zoo/classification/models/batch_mixes.json"));
  const Json golden = Json::parse(file);
  const int64_t height = golden.at("height"), width = golden.at("width"), classes = golden.at("classes");
  for (const Json& it : golden.at("cases")) {
    const auto order = it.at("order").get<std::vector<int64_t>>();
    const auto rows = static_cast<int64_t>(order.size());
    const at::Tensor partner = at::tensor(order, at::kLong);
    const at::Tensor images = at::arange(rows * height * width, at::kDouble).view({rows, 1, height, width}).sin();
    const at::Tensor scores = at::one_hot(at::arange(rows) % classes, classes).to(at::kDouble);
    const std::string type = it.at("type");
    const Json& options = it.at("options");
    double lam = it.at("lam");
    at::Tensor mixed;
    if (type == "Mixup") {
      mixed = lam * images + (1 - lam) * images.index_select(0, partner);
    } else {
      if (type == "ResizeMix") {
        const double least = options.value("lam_min", 0.1);
        lam = least + (options.value("lam_max", 0.8) - least) * lam;
      }
      const Patch patch = patch_at(height, width, lam, it.at("middle").at(0), it.at("middle").at(1));
      const at::Tensor others = images.index_select(0, partner);
      const auto method =
          options.value("interpolation", "bilinear") == "bicubic" ? Interpolation::bicubic : Interpolation::bilinear;
      mixed = type == "CutMix" ? with_patch_of(images, others, patch) : with_resized(images, others, patch, method);
      if (options.value("correct_lam", true)) lam = share_outside(patch, height, width);
    }
    EXPECT_THAT(mixed, AllClose(doubles(it.at("images"), images.sizes()), {.atol = 2e-7})) << it.dump().substr(0, 80);
    EXPECT_THAT(lam * scores + (1 - lam) * scores.index_select(0, partner),
                AllClose(doubles(it.at("scores"), scores.sizes()), {.atol = 2e-7}));
  }
}

/// Row i is an image full of i, of class i.
Batch numbered_batch(int64_t rows, int64_t size = 8) {
  Batch batch(rows);
  batch.set(keys::inputs,
            Dense{at::arange(rows, at::kFloat).view({rows, 1, 1, 1}).expand({rows, 1, size, size}).contiguous()});
  batch.set(keys::gt_score, Dense{at::one_hot(at::arange(rows), rows).to(at::kFloat)});
  return batch;
}

/// What labels say of each image: the sum of share times class.
at::Tensor means_of_labels(const Batch& batch) {
  return batch.tensor(keys::gt_score).matmul(at::arange(batch.size(), at::kFloat));
}
at::Tensor means_of_images(const Batch& batch) { return batch.tensor(keys::inputs).mean({1, 2, 3}); }

template <class Mix>
void expect_labels_of_images(typename Mix::Options options) {
  const Mix mix(options);
  bool has_mixed = false;
  for (uint64_t ordinal = 0; ordinal < 50; ++ordinal) {
    Batch batch = numbered_batch(5);
    const at::Tensor before = batch.tensor(keys::inputs).clone();
    const at::Tensor given = batch.tensor(keys::inputs);
    Rng rng(0, Mode::train, ordinal);
    mix.apply(batch, rng);
    EXPECT_THAT(means_of_images(batch), AllClose(means_of_labels(batch), {.atol = 1e-5})) << ordinal;
    EXPECT_THAT(batch.tensor(keys::gt_score).sum(1), AllClose(at::ones({5}), {.atol = 1e-6}));
    EXPECT_THAT(given, SameTensor(before));  // img may share its memory
    has_mixed = has_mixed || !batch.tensor(keys::inputs).equal(before);
  }
  EXPECT_TRUE(has_mixed);
}

TEST(BatchMixes, MixLabelsAsTheyMixImages) {
  expect_labels_of_images<Mixup>({.alpha = 0.4});
  expect_labels_of_images<CutMix>({.patch = {.alpha = 1.0}});
  expect_labels_of_images<CutMix>({.patch = {.alpha = 1.0, .cutmix_minmax = {{0.2, 0.8}}}});
  expect_labels_of_images<ResizeMix>({.patch = {.alpha = 1.0}});
}

TEST(BatchMixes, KeepThePatchBetweenItsBounds) {
  const PatchOptions options{.alpha = 1.0, .cutmix_minmax = {{0.25, 0.75}}};
  for (uint64_t ordinal = 0; ordinal < 200; ++ordinal) {
    Rng rng(0, Mode::train, ordinal);
    const Patch patch = draw_patch(options, 0, 16, 8, rng).patch;
    EXPECT_TRUE(patch.top >= 0 && patch.bottom <= 16 && patch.left >= 0 && patch.right <= 8);
    EXPECT_THAT(patch.bottom - patch.top, testing::AllOf(testing::Ge(4), testing::Lt(12)));
    EXPECT_THAT(patch.right - patch.left, testing::AllOf(testing::Ge(2), testing::Lt(6)));
  }
}

TEST(BatchMixes, LeaveImagesOfOnePixelAndBatchesOfOneRow) {
  for (const auto& [rows, size] : {std::pair{3, 1}, std::pair{1, 4}}) {
    Batch batch = numbered_batch(rows, size);
    for (uint64_t ordinal = 0; ordinal < 20; ++ordinal) {
      Rng rng(0, Mode::train, ordinal);
      CutMix({.patch = {.alpha = 1.0, .cutmix_minmax = {{0.0, 1.0}}}}).apply(batch, rng);
      ResizeMix({.patch = {.alpha = 1.0}}).apply(batch, rng);
    }
    EXPECT_TRUE(batch.tensor(keys::inputs).isfinite().all().item<bool>());
  }
}

TEST(BatchMixes, RefuseBatchesOfAnotherForm) {
  Batch batch = numbered_batch(3);
  batch.set(keys::inputs, Dense{at::zeros({3, 7})});
  Rng rng(0, Mode::train, 0);
  EXPECT_THAT([&] { Mixup({.alpha = 1.0}).apply(batch, rng); },
              ThrowsMessage<Error>("a batch is mixed as floats (N, C, H, W), `inputs` is Float (3, 7)"));
  EXPECT_THAT([] { ResizeMix({.patch = {.alpha = 1.0}, .lam_min = 0.9}); },
              ThrowsMessage<Error>(HasSubstr("ResizeMix.lam_min is 0.9, which is above lam_max, 0.8")));
  EXPECT_THAT(
      [] {
        CutMix({.patch = {.alpha = 1.0, .cutmix_minmax = {{0.9, 0.1}}}});
      },
      ThrowsMessage<Error>(HasSubstr("CutMix.cutmix_minmax is (smallest, largest), got (0.9, 0.1)")));
  EXPECT_THAT([] { Mixup({.alpha = 0.0}); }, ThrowsMessage<Error>(HasSubstr("alpha must be above 0")));
}

Batch labelled_images() {
  Batch batch(4);
  batch.set(keys::img, Dense{at::arange(4, at::kByte).view({4, 1, 1, 1}).expand({4, 1, 28, 28}).contiguous()});
  batch.set(keys::gt_label, Dense{at::arange(4)});
  return batch;
}

ClsDataPreprocessor mixing_preprocessor() {
  ClsDataPreprocessor::Options options{.num_classes = 4};
  static_cast<Component<BatchAugment>&>(options.batch_augments) = use<Mixup>({.alpha = 1.0});
  return ClsDataPreprocessor(options);
}

TEST(ClsDataPreprocessor, MixesBatchesOfATrainingAlone) {
  ClsDataPreprocessor preprocessor = mixing_preprocessor();
  Batch trained = labelled_images(), tested = labelled_images();
  preprocessor.process(trained, Purpose::training);
  preprocessor.process(tested, Purpose::evaluation);
  EXPECT_FALSE(tested.has(keys::gt_score));
  EXPECT_THAT(means_of_images(tested), AllClose(at::arange(4, at::kFloat)));
  EXPECT_THAT(means_of_images(trained), AllClose(means_of_labels(trained), {.atol = 1e-5}));
}

TEST(ClsDataPreprocessor, DrawsTheMixFromTheRunsGenerator) {
  const auto mixed = [] {
    ClsDataPreprocessor preprocessor = mixing_preprocessor();
    Batch batch = labelled_images();
    preprocessor.process(batch, Purpose::training);
    return batch.tensor(keys::gt_score);
  };
  seed_generators(3);
  const at::Tensor first = mixed();
  const at::Tensor state = generator_state();
  const at::Tensor second = mixed();
  EXPECT_FALSE(first.equal(second));
  set_generator_state(state);  // as a resume does
  EXPECT_THAT(mixed(), SameTensor(second));
}

Value component_of(std::vector<std::pair<std::string, Value>> entries) {
  Value made = Value::dict();
  for (auto& [key, value] : entries) made.as_dict().set(key, value);
  return made;
}

TEST(ImageClassifier, TakesTheAugmentsOfItsTrainCfg) {
  const Value augments = component_of({{"augments", component_of({{"type", "Mixup"}, {"alpha", 1.0}})}});
  Value config =
      component_of({{"type", "ImageClassifier"},
                    {"backbone", component_of({{"type", "LeNet"}})},
                    {"head", component_of({{"type", "LinearClsHead"}, {"num_classes", 4}, {"in_channels", 128}})},
                    {"train_cfg", augments}});
  EXPECT_THAT([&] { Model::Registry::build(config, "mmpretrain"); },
              ThrowsMessage<Error>(HasSubstr("ClsDataPreprocessor needs num_classes to mix the labels of a batch\n"
                                             "  help: num_classes=10")));
  config.as_dict().set("data_preprocessor", component_of({{"num_classes", 4}}));
  const auto model = std::dynamic_pointer_cast<ImageClassifier>(Model::Registry::build(config, "mmpretrain"));
  Batch batch = labelled_images();
  model->data_preprocessor().process(batch, Purpose::training);
  EXPECT_TRUE(batch.has(keys::gt_score));
  EXPECT_TRUE(model->loss(batch).total().isfinite().item<bool>());
}

}  // namespace
}  // namespace millrace::classification
