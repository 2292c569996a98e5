#include "millrace/zoo/classification/models/average_cls_score_tta.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/config/json.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/models/image_classifier.h"
#include "tests/support/all_close.h"
#include "tests/support/hash_fill.h"
#include "tests/support/places.h"

namespace millrace::classification {
namespace {
using testing::ElementsAre;
using testing::ThrowsMessage;
using Json = nlohmann::json;

/// Images of the fill `hash` of tests/golden/README.md.
class HashedImages final : public Dataset {
 public:
  HashedImages(int64_t samples, int64_t size, const DatasetOptions& options)
      : Dataset(options), images_(((hash_numbers(1 << 20, {samples, size, size, 3}) + 1) * 127.5).to(at::kByte)) {}
  int64_t size() const override { return images_.size(0); }
  Sample get(int64_t index) const override {
    Sample sample;
    sample.set(keys::img, images_[index]);
    sample.set(keys::gt_label, index);
    return sample;
  }

 private:
  at::Tensor images_;
};

Batch batch_of(const Json& golden, const std::string& pipeline) {
  DatasetOptions options;
  Binder binder("mmpretrain");
  TypeOf<std::vector<Component<Transform>>>::bind(options.pipeline, read_json(pipeline, "pipeline.json"), binder);
  binder.throw_if_any();
  const int64_t samples = golden.at("samples");
  DataLoader loader({.dataset = std::make_shared<HashedImages>(samples, golden.at("size"), options),
                     .batch_size = samples,
                     .sampler = use<DefaultSampler>({.shuffle = false})});
  loader.start(0, 0);
  return *loader.next();
}

struct GoldenClassifier {
  explicit GoldenClassifier(const Json& golden)
      : model(Model::Registry::build(read_json(golden.at("model").dump(), "model.json"), "mmpretrain")) {
    auto& module = dynamic_cast<ImageClassifier&>(*model);
    module.torch::nn::Module::to(at::kDouble);
    hash_fill(model->modules());
    module.torch::nn::Module::to(at::kFloat);
    for (const ModuleView::Named& param : model->modules().all_params())
      if (param.name == "head.fc.weight") param.tensor.detach().mul_(0.05);
    model->set_training(false);
  }
  std::shared_ptr<Model> model;
};

Json golden_tta() {
  std::ifstream file(source_path("/tests/zoo/classification/models/tta_scores.json"));
  return Json::parse(file);
}

TEST(AverageClsScoreTTA, GivesMmpretrainsScoresForViewsOfTwoSizes) {
  const Json golden = golden_tta();
  const GoldenClassifier classifier(golden);
  const at::NoGradGuard no_grad;
  Batch batch =
      batch_of(golden, Json::array({{{"type", "TestTimeAug"}, {"transforms", golden.at("transforms")}}}).dump());
  EXPECT_EQ(batch.size(), 12);
  classifier.model->tta_model().build()->test_step(*classifier.model, batch);
  ASSERT_THAT(batch.positions(), ElementsAre(0, 1, 2));
  std::vector<float> scores;
  for (const Json& row : golden.at("scores")) scores.insert(scores.end(), row.begin(), row.end());
  const at::Tensor expected = at::tensor(scores).view({3, 5});
  EXPECT_THAT(batch.tensor(keys::pred_score), AllClose(expected, {.rtol = 1e-4, .atol = 1e-6}));
  EXPECT_THAT(batch.tensor(keys::pred_label), SameTensor(expected.argmax(1)));
  EXPECT_THAT(batch.tensor(keys::gt_label), SameTensor(at::tensor({0, 1, 2}, at::kLong)));
}

TEST(AverageClsScoreTTA, IsTheMeanOverViewsThatArePredictedOneByOne) {
  const Json golden = golden_tta();
  const GoldenClassifier classifier(golden);
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> scores;
  for (const Json& crop : golden.at("transforms")[0])
    for (const Json& flip : golden.at("transforms")[1]) {
      Batch batch = batch_of(golden, Json::array({crop, flip, {{"type", "PackInputs"}}}).dump());
      classifier.model->test_step(batch);
      scores.push_back(batch.tensor(keys::pred_score));
    }
  Batch batch =
      batch_of(golden, Json::array({{{"type", "TestTimeAug"}, {"transforms", golden.at("transforms")}}}).dump());
  AverageClsScoreTTA().test_step(*classifier.model, batch);
  EXPECT_THAT(batch.tensor(keys::pred_score), SameTensor(at::stack(scores).mean(0)));
}

TEST(AverageClsScoreTTA, NeedsTheScoresOfEachView) {
  class Silent final : public BaseModel {
   public:
    LossMap loss(Batch&) override { return {}; }
    void predict(Batch&) override {}
  } model;
  Batch batch(2);
  batch.set(keys::inputs, Dense{at::tensor({1.F, 2.F})});
  batch.set(keys::view_of, Dense{at::tensor({0, 0}, at::kLong)});
  EXPECT_THAT([&] { AverageClsScoreTTA().test_step(model, batch); },
              ThrowsMessage<Error>("the sample has no 'pred_score'; it has: inputs\n"
                                   "  while AverageClsScoreTTA merges the views of a sample"));
}

}  // namespace
}  // namespace millrace::classification
