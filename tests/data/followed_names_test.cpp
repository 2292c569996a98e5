#include "millrace/data/followed_names.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/csv_dataset.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::ThrowsMessage;

class FollowedNames : public testing::Test {
 protected:
  CSVDataset table(const std::string& name, const std::string& content, bool standardize = false) {
    return CSVDataset({.ann_file = folder_.write(name, content), .label = "k", .standardize = standardize});
  }
  static void follow(Dataset& val, const Dataset& train) {
    follow_names(val, {train.meta(), "train_dataloader"}, "val_dataloader");
  }
  ScratchFolder folder_;
};

TEST_F(FollowedNames, OfATableAreThoseOfTheTrainingWhateverTheirOrder) {
  const CSVDataset train = table("train.csv", "x,colour,y,k\n1,blue,4,low\n2,green,5,mid\n3,red,6,top\n");
  CSVDataset val = table("val.csv", "k,y,x,colour\ntop,40,10,red\nlow,50,20,blue\n");
  EXPECT_EQ(val.get(0).integer("label"_key), 1);
  follow(val, train);
  EXPECT_EQ(val.get(0).integer("label"_key), 2);
  EXPECT_EQ(val.get(1).integer("label"_key), 0);
  EXPECT_THAT(val.get(0).tensor(keys::inputs), SameTensor(at::tensor({10.F, 0.F, 0.F, 1.F, 40.F})));
  EXPECT_THAT(val.get(1).tensor(keys::inputs), SameTensor(at::tensor({20.F, 1.F, 0.F, 0.F, 50.F})));
  EXPECT_THAT(names_in(val.meta(), "classes"), ElementsAre("low", "mid", "top"));
  EXPECT_THAT(names_in(val.meta(), "feature_names"),
              ElementsAre("x", "colour=blue", "colour=green", "colour=red", "y"));
}

TEST_F(FollowedNames, BringTheMeanAndDeviationOfTheTraining) {
  const CSVDataset train = table("train.csv", "x,k\n1,a\n3,b\n", true);  // mean 2, deviation 1
  CSVDataset val = table("val.csv", "x,k\n10,b\n12,a\n", true);
  follow(val, train);
  EXPECT_THAT(val.get(0).tensor(keys::inputs), SameTensor(at::tensor({8.F})));
  EXPECT_THAT(val.get(1).tensor(keys::inputs), SameTensor(at::tensor({10.F})));
}

TEST_F(FollowedNames, AreRefusedWhereOneSideAloneIsStandardized) {
  const CSVDataset scaled = table("train.csv", "x,k\n1,a\n3,b\n", true), raw = table("raw.csv", "x,k\n1,a\n3,b\n");
  CSVDataset val = table("val.csv", "x,k\n10,b\n"), scaled_val = table("val2.csv", "x,k\n10,b\n12,a\n", true);
  EXPECT_THAT([&] { follow(val, scaled); },
              ThrowsMessage<Error>("the features of val_dataloader are not standardized, and those of train_dataloader "
                                   "are\n  set standardize=True in the dataset of val_dataloader"));
  EXPECT_THAT([&] { follow(scaled_val, raw); },
              ThrowsMessage<Error>("the features of val_dataloader are standardized, and those of train_dataloader are "
                                   "not\n  set standardize=False in the dataset of val_dataloader"));
}

TEST_F(FollowedNames, AreRefusedWhereTheTrainingHasThemNot) {
  const CSVDataset train = table("train.csv", "x,y,k\n1,2,low\n2,3,mid\n");
  CSVDataset classes = table("classes.csv", "x,y,k\n1,2,low\n2,3,midd\n"),
             features = table("features.csv", "x,z,w,k\n1,2,3,low\n");
  EXPECT_THAT([&] { follow(classes, train); },
              ThrowsMessage<Error>(
                  "val_dataloader has the class midd, which train_dataloader does not have; did you mean 'mid'?\n"
                  "  train_dataloader: low, mid\n"
                  "  val_dataloader: low, midd"));
  EXPECT_THAT([&] { follow(features, train); },
              ThrowsMessage<Error>("val_dataloader has the features z, w, which train_dataloader does not have\n"
                                   "  train_dataloader: x, y\n"
                                   "  val_dataloader: x, z, w"));
}

TEST_F(FollowedNames, GivenTwiceAreNoPlaces) {
  EXPECT_THAT(
      [&] {
        CSVDataset(
            {.ann_file = folder_.write("a.csv", "x,k\n1,low\n"), .label = "k", .classes = {{"low", "mid", "low"}}});
      },
      ThrowsMessage<Error>(testing::HasSubstr("classes names 'low' twice")));
  const State twice = State::dict({{"classes", State::list({"crane", "low", "crane"})}});
  CSVDataset val = table("val.csv", "x,k\n1,low\n2,crane\n");
  EXPECT_THAT(
      [&] {
        follow_names(val, {twice, "a.pth"}, "val_dataloader");
      },
      ThrowsMessage<Error>("a.pth has the class 'crane' twice, so its classes can't be placed by their names"));
}

TEST_F(FollowedNames, OfImageNetInWordsAreThoseOfItsIds) {
  const State words = State::dict({{"classes", State::list({"tench", "goldfish"})}});
  CSVDataset val = table("val.csv", "x,k\n1,n01443537\n2,n01440764\n");
  follow_names(val, {words, "a.pth"}, "val_dataloader");
  EXPECT_THAT(names_in(val.meta(), "classes"), ElementsAre("n01440764", "n01443537"));
  EXPECT_THAT(val.get(0).integer("label"_key), 1);
}

/// Has names and can't be renumbered.
class Named final : public Dataset {
 public:
  explicit Named(State classes) : Dataset({}, State::dict({{"classes", std::move(classes)}})) {}
  int64_t size() const override { return 0; }
  Sample get(int64_t) const override { return {}; }
};

TEST_F(FollowedNames, OfADatasetThatCantBeRenumberedMustHaveTheOrder) {
  const Named train(State::list({"a", "b"}));
  Named same(State::list({"a", "b"})), other(State::list({"b", "a"})), numbers(State::list({1, 2}));
  follow(same, train);
  follow(numbers, train);  // there is nothing to compare
  EXPECT_THAT(
      [&] { follow(other, train); },
      ThrowsMessage<Error>("val_dataloader does not have the classes of train_dataloader in the same order, and "
                           "Named can't be put into it\n"
                           "  train_dataloader: a, b\n"
                           "  val_dataloader: b, a"));
}

}  // namespace
}  // namespace millrace
