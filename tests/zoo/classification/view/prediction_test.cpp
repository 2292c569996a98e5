#include "millrace/zoo/classification/view/prediction.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/model/base_model.h"
#include "millrace/structures/loss_map.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;
using testing::SizeIs;
using testing::ThrowsMessage;

/// Passes its inputs on under a name.
class EchoNet final : public BaseModel {
 public:
  explicit EchoNet(Key name) : name_(name) {}
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch& batch) override { batch.set(name_, Dense{batch.tensor(keys::inputs)}); }

 private:
  Key name_;
};

Inferencer inferencer_of(Key name) {
  State names = State::dict({{"classes", State::list({"hat", "shoe"})}});
  return Inferencer(std::make_shared<EchoNet>(name), {}, std::move(names), {.batch_size = 2});
}

InferenceInput scores(std::vector<float> values) {
  Sample sample;
  sample.set(keys::inputs, at::tensor(values));
  return sample;
}

TEST(Prediction, IsTheClassWithTheHighestScore) {
  Inferencer inferencer = inferencer_of(keys::pred_score);
  const Prediction prediction = predict(inferencer, scores({0.25F, 0.75F}));
  EXPECT_EQ(prediction.label, 1);
  EXPECT_EQ(prediction.name, "shoe");
  EXPECT_THAT(prediction.scores, Pointwise(DoubleNear(1e-7), {0.25, 0.75}));
  EXPECT_EQ(prediction.score, prediction.scores[1]);
}

TEST(Prediction, OfAClassWithoutANameIsItsNumber) {
  Inferencer inferencer = inferencer_of(keys::pred_score);
  EXPECT_EQ(predict(inferencer, scores({0.25F, 0.5F, 0.75F})).name, "2");
}

TEST(Prediction, ComesForEachInputInItsOrder) {
  Inferencer inferencer = inferencer_of(keys::pred_score);
  const auto all = predict(inferencer, {scores({1, 0}), scores({0, 1}), scores({1, 0})});
  ASSERT_THAT(all, SizeIs(3));
  EXPECT_EQ(all[0].name + all[1].name + all[2].name, "hatshoehat");
}

TEST(Prediction, RanksItsClasses) {
  Prediction prediction;
  prediction.scores = {0.1, 0.4, 0.1, 0.4};
  EXPECT_THAT(prediction.best(3), ElementsAre(1, 3, 0));
  EXPECT_THAT(prediction.best(9), ElementsAre(1, 3, 0, 2));
}

TEST(Prediction, IsNoneOfAModelThatPredictsOtherThings) {
  Inferencer inferencer = inferencer_of(Key("pred_depth"));
  EXPECT_THAT([&] { predict(inferencer, scores({1})); },
              ThrowsMessage<Error>("the model predicts no class of its inputs: it gives no 'pred_score'\n"
                                   "  the row has: pred_depth\n"
                                   "  help: inferencer.predict(image) gives all that it predicts"));
}

}  // namespace
}  // namespace millrace::classification
