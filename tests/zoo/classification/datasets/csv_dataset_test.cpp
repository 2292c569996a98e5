#include "millrace/zoo/classification/datasets/csv_dataset.h"

#include <gtest/gtest.h>

#include <fstream>

#include "millrace/zoo/classification/keys.h"
#include "tests/support/scratch_folder.h"

namespace millrace::classification {
namespace {

TEST(ClassificationCSVDataset, GivesTheLabelsOfAClassifier) {
  const ScratchFolder folder;
  std::ofstream(folder / "pets.csv") << "weight,pet\n4,cat\n9,dog\n";
  Value config = Value::dict();
  for (const auto& [key, text] :
       {std::pair("type", std::string("CSVDataset")), {"ann_file", folder / "pets.csv"}, {"label", "pet"}})
    config.as_dict().set(key, text);
  EXPECT_EQ(Dataset::Registry::build(config, "mmpretrain")->get(1).integer(keys::gt_label), 1);
  EXPECT_EQ(Dataset::Registry::build(config, "")->get(1).integer(Key("label")), 1);
  config.as_dict().set("label_key", "kind");
  EXPECT_EQ(Dataset::Registry::build(config, "mmpretrain")->get(1).integer(Key("kind")), 1);
}

}  // namespace
}  // namespace millrace::classification
