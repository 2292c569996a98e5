#include "millrace/infer/inferencer.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/data/imaging.h"
#include "millrace/model/base_model.h"
#include "millrace/model/weights.h"
#include "millrace/nn/layers.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/process.h"
#include "millrace/vis/task_view.h"
#include "tests/support/all_close.h"
#include "tests/support/needs_imaging.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::ThrowsMessage;

const Key kShares("pred_shares");

/// How much of each plane an image has: the means of the three planes, as shares.
class ColourNet final : public BaseModel {
 public:
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch& batch) override {
    ++calls;
    largest = std::max(largest, batch.size());
    was_training = is_training();
    const at::Tensor sums = batch.tensor(keys::inputs).to(at::kFloat).mean({2, 3}) * scale_;
    batch.set(kShares, Dense{sums / sums.sum(1, true)});
  }
  int64_t calls = 0, largest = 0;
  bool was_training = false;

 private:
  at::Tensor scale_ = register_parameter("scale", at::ones({3}));
};
MILLRACE_REGISTER(Model, ColourNet);

class MuteNet final : public BaseModel {
 public:
  LossMap loss(Batch&) override { return {}; }
  void predict(Batch& batch) override { batch.set("pred_depth"_key, Dense{batch.tensor(keys::inputs).sum({1, 2, 3})}); }
};

/// The plane of which there is the most.
int64_t plane_of(const Sample& row) { return row.tensor(kShares).argmax().item<int64_t>(); }

at::Tensor plain_image(int64_t blue, int64_t green, int64_t red, int64_t side = 4) {
  return at::tensor({blue, green, red}, at::kByte).expand({side, side, 3}).contiguous();
}

constexpr const char* kColourConfig = R"(
default_scope = 'mmpretrain'
model = dict(type='ColourNet')
val_dataloader = dict(dataset=dict(type='NobodyKnows', data_root='/nowhere', pipeline=[
    dict(type='LoadImageFromFile'), dict(type='PackInputs')]))
optim_wrapper = dict(optimizer=dict(type='NobodyKnows'))
)";

class InferencerFiles : public NeedsImaging {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  /// Of a ColourNet, with its config and names in it.
  std::string checkpoint(const std::string& config = kColourConfig, const at::Tensor& scale = at::ones({3})) const {
    State meta = State::dict({{"cfg", config}});
    meta["dataset_meta"] = State::dict({{"classes", State::list({"blue", "green", "red"})}});
    save_checkpoint_file(path("colour.pth"),
                         State::dict({{"meta", meta}, {"state_dict", State::dict({{"scale", scale}})}}));
    return path("colour.pth");
  }
  std::string image(const std::string& name, const at::Tensor& bgr) const {
    return write(name, imaging().encode(bgr, name, ImageReading::Order::bgr));
  }
  ScratchFolder folder_;
};

TEST_F(InferencerFiles, PredictsOfAFileAndOfAnImageInMemory) {
  Inferencer inferencer(write("colour.py", kColourConfig), checkpoint());
  for (const InferenceInput& input :
       {InferenceInput(image("green.png", plain_image(10, 200, 40))), InferenceInput(plain_image(10, 200, 40))}) {
    const Sample row = inferencer.predict(input);
    EXPECT_THAT(row.tensor(kShares), AllClose(at::tensor({0.04F, 0.8F, 0.16F}), {.rtol = 1e-5}));
    EXPECT_FALSE(row.has(keys::img)) << "rows of many inputs would keep all images";
    EXPECT_FALSE(row.has(keys::inputs));
  }
}

TEST_F(InferencerFiles, NeedsNoConfigWhereTheCheckpointHoldsOne) {
  Inferencer inferencer = Inferencer::from_checkpoint(checkpoint());
  EXPECT_EQ(plane_of(inferencer.predict(plain_image(0, 0, 9))), 2);
}

TEST_F(InferencerFiles, TakesTheWeightsOfTheCheckpoint) {
  Inferencer inferencer = Inferencer::from_checkpoint(checkpoint(kColourConfig, at::tensor({9.0F, 1.0F, 1.0F})));
  EXPECT_EQ(plane_of(inferencer.predict(plain_image(20, 100, 100))), 0);
}

TEST_F(InferencerFiles, RevisesNamesOfTheCheckpoint) {
  const std::string file = path("lit.ckpt");
  const State scale = State::dict({{"model.scale", at::tensor({9.0F, 1.0F, 1.0F})}});
  save_checkpoint_file(file, State::dict({{"meta", State::dict({{"cfg", kColourConfig}})}, {"state_dict", scale}}));
  EXPECT_THAT([&] { Inferencer::from_checkpoint(file); },
              ThrowsMessage<Error>(HasSubstr(R"lit(help: .revise_keys = {{R"(^model\.)", ""}})lit")));
  Inferencer inferencer = Inferencer::from_checkpoint(file, {.revise_keys = {{R"(^model\.)", ""}}});
  EXPECT_EQ(plane_of(inferencer.predict(plain_image(20, 100, 100))), 0);
}

TEST_F(InferencerFiles, AnswersInTheOrderOfTheInputsWhateverTheBatchAndTheWorkers) {
  std::vector<InferenceInput> inputs;
  for (int64_t i = 0; i < 11; ++i) {
    const at::Tensor colour = plain_image(i % 3 == 0 ? 200 : 1, i % 3 == 1 ? 200 : 1, i % 3 == 2 ? 200 : 1);
    if (i % 2 == 0) inputs.emplace_back(colour);
    else inputs.emplace_back(image(std::to_string(i) + ".png", colour));
  }
  for (const auto& [batch_size, workers] : std::vector<std::pair<int64_t, int>>{{1, 0}, {4, 0}, {3, 2}, {64, 3}}) {
    Inferencer inferencer = Inferencer::from_checkpoint(checkpoint(), {.batch_size = batch_size, .workers = workers});
    const std::vector<Sample> rows = inferencer.predict(inputs);
    ASSERT_EQ(rows.size(), 11U);
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(plane_of(rows[i]), static_cast<int64_t>(i % 3)) << i;
  }
  EXPECT_THAT(Inferencer::from_checkpoint(checkpoint()).predict(std::vector<InferenceInput>{}), testing::IsEmpty());
}

TEST_F(InferencerFiles, NamesTheFileThatIsNoImage) {
  Inferencer inferencer = Inferencer::from_checkpoint(checkpoint());
  const std::string text = write("notes.jpg", "not an image");
  EXPECT_THAT(
      [&] {
        inferencer.predict({image("a.png", plain_image(1, 2, 3)), text});
      },
      ThrowsMessage<Error>(HasSubstr("notes.jpg")));
  EXPECT_THAT([&] { inferencer.predict(path("absent.jpg")); }, ThrowsMessage<Error>(HasSubstr("absent.jpg")));
}

TEST_F(InferencerFiles, SaysWhatAnImageIsWhereATensorIsNone) {
  Inferencer inferencer = Inferencer::from_checkpoint(checkpoint());
  EXPECT_THAT(
      [&] {
        inferencer.predict(at::zeros({3, 32, 32}, at::kByte));
      },
      ThrowsMessage<Error>(testing::AllOf(HasSubstr("(H, W, C) of uint8 with 1 to 4 channels, got (3, 32, 32)"),
                                          HasSubstr("help: image.permute({1, 2, 0})"))));
  EXPECT_THAT(
      [&] {
        inferencer.predict(at::zeros({8, 8, 3}));
      },
      ThrowsMessage<Error>(HasSubstr("got (8, 8, 3) of float")));
  EXPECT_THAT([&] { inferencer.predict(at::Tensor()); }, ThrowsMessage<Error>(HasSubstr("this one is empty")));
}

TEST_F(InferencerFiles, RefusesACheckpointThatDoesNotFit) {
  EXPECT_THAT(
      [&] { Inferencer::from_checkpoint(checkpoint(kColourConfig, at::ones({4}))); },
      ThrowsMessage<Error>(testing::AllOf(HasSubstr("colour.pth"), HasSubstr("file (4)"), HasSubstr("model (3)"))));
  save_checkpoint_file(path("other.pth"), State::dict({{"weight", at::ones({3})}}));
  EXPECT_THAT([&] { Inferencer(write("colour.py", kColourConfig), path("other.pth")); },
              ThrowsMessage<Error>(HasSubstr("other.pth")));
  EXPECT_THAT([&] { Inferencer::from_checkpoint(path("other.pth")); },
              ThrowsMessage<Error>(
                  testing::AllOf(HasSubstr("holds no config"), HasSubstr("help: Inferencer(\"config.py\", "))));
}

TEST_F(InferencerFiles, TellsOfTensorsThatTheModelHasNoUseFor) {
  const State weights = State::dict({{"scale", at::ones({3})}, {"head.weight", at::ones({2})}});
  save_checkpoint_file(path("more.pth"), State::dict({{"state_dict", weights}}));
  Inferencer inferencer(write("colour.py", kColourConfig), path("more.pth"));
  EXPECT_THAT(inferencer.notices(), ElementsAre(HasSubstr("head.weight")));
  EXPECT_FALSE(inferencer.dataset_meta().find("classes"));
}

TEST_F(InferencerFiles, KnowsTheDatasetByTheCheckpointElseByTheConfig) {
  const auto classes_of = [](Inferencer inferencer) {
    std::vector<std::string> names;
    for (const State& name : inferencer.dataset_meta().at("classes").items()) names.push_back(name.string());
    return names;
  };
  EXPECT_THAT(classes_of(Inferencer::from_checkpoint(checkpoint())), ElementsAre("blue", "green", "red"));
  save_checkpoint_file(path("plain.pth"), State::dict({{"scale", at::ones({3})}}));
  for (const char* given : {"metainfo=dict(classes=['r', 'g', 'b'])", "classes=['r', 'g', 'b']"}) {
    const std::string config = std::string("model = dict(type='ColourNet')\ntest_dataloader = dict(dataset=dict(") +
                               "type='NobodyKnows', pipeline=[], " + given + "))";
    EXPECT_THAT(classes_of(Inferencer(write("named.py", config), path("plain.pth"))), ElementsAre("r", "g", "b"));
  }
}

/// The whole of what a checkpoint notes reaches the view.
TEST_F(InferencerFiles, KeepsAllThatTheCheckpointNotesOfTheData) {
  State meta = State::dict({{"cfg", kColourConfig}});
  meta["dataset_meta"] = State::dict({{"CLASSES", State::list({"a"})}, {"skeleton", State::list({1, 2})}});
  save_checkpoint_file(path("noted.pth"),
                       State::dict({{"meta", meta}, {"state_dict", State::dict({{"scale", at::ones({3})}})}}));
  const Inferencer inferencer = Inferencer::from_checkpoint(path("noted.pth"));
  EXPECT_EQ(inferencer.dataset_meta().at("skeleton").items().size(), 2U);
  EXPECT_EQ(inferencer.dataset_meta().at("classes").items().at(0).string(), "a");
}

TEST_F(InferencerFiles, HasNoViewOfAModelThatNamesNone) {
  EXPECT_THAT([&] { Inferencer::from_checkpoint(checkpoint()).task_view(); },
              ThrowsMessage<Error>("the model has no task view, so its predictions cannot be shown\n"
                                   "  help: task_view=dict(type=...) in the config, or Model::task_view(); millrace "
                                   "list TaskView"));
  Inferencer inferencer = Inferencer::from_checkpoint(
      checkpoint(std::string(kColourConfig) + "task_view = dict(type='ClassificationView')\n"));
  EXPECT_EQ(class_name_of_label(inferencer.dataset_meta(), 1), "green");
  EXPECT_NO_THROW(inferencer.task_view());
}

TEST_F(InferencerFiles, NeedsATestPipeline) {
  EXPECT_THAT([&] { Inferencer::from_checkpoint(checkpoint("model = dict(type='ColourNet')")); },
              ThrowsMessage<Error>(HasSubstr("there is no test pipeline")));
  EXPECT_THAT(
      [&] {
        Inferencer::from_checkpoint(
            checkpoint("model = dict(type='ColourNet')\n"
                       "test_dataloader = dict(dataset=dict(type='CSVDataset'))\n"));
      },
      ThrowsMessage<Error>(testing::AllOf(HasSubstr("only images can be predicted"), HasSubstr("are a CSVDataset"))));
  EXPECT_THAT([&] { Inferencer::from_checkpoint(checkpoint("x = 1")); }, ThrowsMessage<Error>(HasSubstr("pipeline")));
}

TEST_F(InferencerFiles, ReadsFilesAsTheyAreWhereThePipelineLoadsNothing) {
  const std::string config =
      "model = dict(type='ColourNet')\n"
      "test_dataloader = dict(dataset=dict(type='MNIST', metainfo=dict(classes=['r', 'g', 'b']),"
      " pipeline=[dict(type='mmpretrain.PackInputs')]))";
  save_checkpoint_file(path("plain.pth"), State::dict({{"scale", at::ones({3})}}));
  Inferencer inferencer(write("plain.py", config), path("plain.pth"));
  EXPECT_EQ(plane_of(inferencer.predict(image("blue.png", plain_image(200, 1, 1)))), 2) << "red, green, blue";
}

TEST(Inferencer, RunsAModelOfTheProgramAndLeavesItInTraining) {
  const auto net = std::make_shared<ColourNet>();
  net->set_training(true);
  Inferencer inferencer(net, {}, {}, {.batch_size = 2});
  Sample sample;
  sample.set(keys::inputs, at::tensor({1.0F, 5.0F, 2.0F}).view({3, 1, 1}));
  EXPECT_THAT(inferencer.predict({sample, sample, sample}), testing::SizeIs(3));
  EXPECT_EQ(plane_of(inferencer.predict(sample)), 1);
  EXPECT_EQ(net->calls, 3);
  EXPECT_EQ(net->largest, 2);
  EXPECT_FALSE(net->was_training);
  EXPECT_TRUE(net->is_training());
}

TEST(Inferencer, GivesWholeBatches) {
  Inferencer inferencer(std::make_shared<MuteNet>(), {}, {}, {.batch_size = 2});
  std::vector<InferenceInput> inputs;
  for (int i = 0; i < 3; ++i) {
    Sample sample;
    sample.set(keys::inputs, at::ones({1, 2, 2}) * i);
    inputs.emplace_back(sample);
  }
  std::vector<double> depths;
  std::vector<int64_t> positions;
  inferencer.for_each_batch(inputs, [&](Batch& batch) {
    for (int64_t i = 0; i < batch.size(); ++i) depths.push_back(batch.tensor("pred_depth"_key)[i].item<double>());
    positions.insert(positions.end(), batch.positions().begin(), batch.positions().end());
    EXPECT_TRUE(batch.tensor("pred_depth"_key).is_inference());
  });
  EXPECT_THAT(depths, ElementsAre(0, 4, 8));
  EXPECT_THAT(positions, ElementsAre(0, 1, 2));
}

}  // namespace
}  // namespace millrace
