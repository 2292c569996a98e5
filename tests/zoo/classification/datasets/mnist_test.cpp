#include "millrace/zoo/classification/datasets/mnist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "millrace/data/followed_names.h"
#include "millrace/zoo/classification/keys.h"
#include "tests/support/scratch_folder.h"

namespace millrace::classification {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class MNISTFiles : public testing::Test {
 protected:
  /// `images` pictures of 2 x 3 pixels that all have their number's value, and labels from 0 up.
  void write(const std::string& part, int images, int labels, const std::string& below = "") {
    std::filesystem::create_directories(folder_ / below);
    std::string content("\0\0\x08\x03\0\0\0?\0\0\0\x02\0\0\0\x03", 16);
    content[7] = static_cast<char>(images);
    for (int i = 0; i < images; ++i) content.append(6, static_cast<char>(i));
    std::ofstream(folder_ / (below + part + "-images-idx3-ubyte"), std::ios::binary) << content;
    content = std::string("\0\0\x08\x01\0\0\0?", 8);
    content[7] = static_cast<char>(labels);
    for (int i = 0; i < labels; ++i) content.push_back(static_cast<char>(i));
    std::ofstream(folder_ / (below + part + "-labels-idx1-ubyte"), std::ios::binary) << content;
  }
  ScratchFolder folder_;
};

TEST_F(MNISTFiles, AreReadAsSamples) {
  write("train", 5, 5);
  const FashionMNIST data({.data_root = folder_.path().string()});
  EXPECT_EQ(data.size(), 5);
  const Sample sample = data.get(3);
  EXPECT_THAT(sample.tensor(keys::img).sizes(), testing::ElementsAre(2, 3, 1));
  EXPECT_EQ(sample.tensor(keys::img).max().item<int64_t>(), 3);
  EXPECT_EQ(sample.integer(keys::gt_label), 3);
  EXPECT_EQ(sample.integer(keys::sample_idx), 3);
  EXPECT_EQ(data.meta().at("classes").items()[9].string(), "Ankle boot");
}

TEST_F(MNISTFiles, AreFoundInRawAndBelowAPrefix) {
  write("t10k", 2, 2, "fashion/raw/");
  EXPECT_EQ(MNIST({.data_root = folder_.path(), .data_prefix = "fashion", .split = MNIST::Split::test}).size(), 2);
  EXPECT_EQ(MNIST({.data_prefix = folder_ / "fashion", .test_mode = true}).size(), 2);
}

TEST_F(MNISTFiles, AreCutToIndices) {
  write("train", 5, 5);
  const MNIST data({.data_root = folder_.path(), .common = {.indices = int64_t{-2}}});
  EXPECT_EQ(data.size(), 2);
  EXPECT_EQ(data.get(0).integer(keys::gt_label), 3);
  EXPECT_EQ(data.get(0).tensor(keys::img).max().item<int64_t>(), 3);
}

TEST_F(MNISTFiles, AreRenumberedByTheNamesOfTheirClasses) {
  write("train", 3, 3);
  MNIST data({.data_root = folder_.path(), .classes = {{"zero", "one", "two"}}});
  const State reference = State::dict({{"classes", State::list({"two", "zero", "five", "one"})}});
  follow_names(data, {reference, "train_dataloader"}, "val_dataloader");
  EXPECT_EQ(data.get(0).integer(keys::gt_label), 1);
  EXPECT_EQ(data.get(1).integer(keys::gt_label), 3);
  EXPECT_EQ(data.get(2).integer(keys::gt_label), 0);
  EXPECT_EQ(data.meta().at("classes").items().size(), 4U);
}

TEST_F(MNISTFiles, AreLoadedByAConfig) {
  write("train", 5, 5);
  const auto dict = [](std::vector<std::pair<std::string, Value>> entries) {
    Value value = Value::dict();
    for (auto& [key, item] : entries) value.as_dict().set(key, item);
    return value;
  };
  const Value pipeline = Value::list(
      {dict({{"type", "RandomCrop"}, {"crop_size", Value::tuple({2, 3})}, {"padding", 1}}),
       dict({{"type", "RandomFlip"}, {"prob", 0.5}, {"direction", "horizontal"}}), dict({{"type", "PackInputs"}})});
  const auto data = Dataset::Registry::build(dict({{"type", "FashionMNIST"},
                                                   {"data_root", folder_.path().string()},
                                                   {"split", "train"},
                                                   {"pipeline", pipeline}}),
                                             "mmpretrain");
  EXPECT_THAT(data->load(4, Rng(0, Mode::train, 0)).tensor(keys::img).sizes(), testing::ElementsAre(1, 2, 3));
  EXPECT_EQ(data->name(), "FashionMNIST");
}

TEST_F(MNISTFiles, ThatAreMissingAreNamed) {
  EXPECT_THAT([&] { FashionMNIST({.data_root = folder_.path().string()}); },
              ThrowsMessage<Error>(
                  folder_.path().string() +
                  ": neither train-images-idx3-ubyte nor train-images-idx3-ubyte.gz is in it or in its folder raw\n"
                  "  help: apt-get install dataset-fashion-mnist, and data_root='/usr/share/datasets/fashion-mnist'"));
  EXPECT_THAT([&] { MNIST({.data_root = folder_ / "no"}); }, ThrowsMessage<Error>(HasSubstr("/no: no such folder")));
}

TEST_F(MNISTFiles, ThatDoNotFitTogetherAreRefused) {
  write("train", 5, 4);
  EXPECT_THAT([&] { MNIST({.data_root = folder_.path().string()}); },
              ThrowsMessage<Error>(HasSubstr("4 labels for 5 images")));
  write("train", 12, 12);
  EXPECT_THAT([&] { MNIST({.data_root = folder_.path().string()}); },
              ThrowsMessage<Error>(HasSubstr("the label 11, and there are 10 classes")));
  std::filesystem::copy_file(folder_ / "train-images-idx3-ubyte", folder_ / "train-labels-idx1-ubyte",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT([&] { MNIST({.data_root = folder_.path().string()}); },
              ThrowsMessage<Error>(HasSubstr("labels must be an array (N) of uint8")));
}

}  // namespace
}  // namespace millrace::classification
