#include "millrace/data/csv_dataset.h"

#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class CSVTable : public testing::Test {
 protected:
  CSVDataset::Options table(const std::string& content) {
    std::ofstream(folder_ / "t.csv", std::ios::binary) << content;
    return {.ann_file = folder_ / "t.csv"};
  }
  static std::vector<std::string> names(const State& list) {
    std::vector<std::string> names;
    for (const State& item : list.items()) names.push_back(item.string());
    return names;
  }
  ScratchFolder folder_;
};

TEST_F(CSVTable, GivesNumbersCategoriesAndClasses) {
  CSVDataset::Options options = table(
      "kind,mass,colour\r\n"
      "cat,3.5,black\r\n"
      "\"do\"\"g\",12,\"white, grey\"\r\n"
      "cat,-1e0,black");
  options.label = "kind";
  const CSVDataset data(options);
  EXPECT_EQ(data.size(), 3);
  EXPECT_THAT(names(data.meta().at("classes")), ElementsAre("cat", "do\"g"));
  EXPECT_THAT(names(data.meta().at("feature_names")), ElementsAre("mass", "colour=black", "colour=white, grey"));
  EXPECT_THAT(data.get(1).tensor(keys::inputs), SameTensor(at::tensor({12.0F, 0.0F, 1.0F})));
  EXPECT_THAT(data.get(2).tensor(keys::inputs), SameTensor(at::tensor({-1.0F, 1.0F, 0.0F})));
  EXPECT_EQ(data.get(1).integer(Key("label")), 1);
  const std::vector<int64_t> rows = {2, 0};
  const auto batch = data.load_batch(rows, BatchBuilder::Memory::ordinary);
  EXPECT_THAT(batch->tensor(keys::inputs), SameTensor(at::tensor({-1.0F, 1.0F, 0.0F, 3.5F, 1.0F, 0.0F}).view({2, 3})));
}

TEST_F(CSVTable, GivesNumbersToBePredicted) {
  CSVDataset::Options options = table("a;b;y\n1;2;3\n4;5;6\n");
  options.targets = {"y"};
  options.features = {{"b"}};
  options.delimiter = ";";
  const CSVDataset data(options);
  EXPECT_THAT(data.get(1).tensor("gt_value"_key), SameTensor(at::tensor({6.0F})));
  EXPECT_THAT(data.get(1).tensor(keys::inputs), SameTensor(at::tensor({5.0F})));
}

TEST_F(CSVTable, IsSplitAndStandardizedByTheRowsForTraining) {
  CSVDataset::Options options = table("x,c,k\n1,u,a\n3,v,b\n100,u,a\n3,v,a\n1,u,b\n7,v,b\n");
  options.label = "k";
  options.test_every = 3;
  options.standardize = true;
  options.split = CSVDataset::Split::train;
  const CSVDataset train(options);
  EXPECT_EQ(train.size(), 4);  // 1, 3, 3, 1: mean 2, deviation 1
  EXPECT_THAT(train.get(0).tensor(keys::inputs), SameTensor(at::tensor({-1.0F, 1.0F, 0.0F})));
  options.split = CSVDataset::Split::test;
  const CSVDataset test(options);
  EXPECT_EQ(test.size(), 2);
  EXPECT_THAT(test.get(0).tensor(keys::inputs), SameTensor(at::tensor({98.0F, 1.0F, 0.0F})));
  EXPECT_EQ(test.meta().at("feature_mean").items()[0].number(), 2);
}

TEST_F(CSVTable, LeavesOutRowsWithMissingValuesIfTold) {
  CSVDataset::Options options = table("x,k\n1,a\nNA,b\n2,b\n");
  options.label = "k";
  EXPECT_THAT([&] { CSVDataset{options}; },
              ThrowsMessage<Error>(folder_ / "t.csv:3: the value of column 'x' is missing\n"
                                             "  help: missing='drop' leaves such rows out"));
  options.missing = CSVDataset::Missing::drop;
  EXPECT_EQ(CSVDataset(options).size(), 2);
}

TEST_F(CSVTable, IsTextInTheEncodingThatIsNamed) {
  CSVDataset::Options options = table("x,k\n1,tief\n2,m\xE4\xDFig\n");
  options.label = "k";
  EXPECT_THAT([&] { CSVDataset{options}; }, ThrowsMessage<Error>(HasSubstr("t.csv:3:4: this is not UTF-8 text")));
  options.encoding = "latin-1";
  EXPECT_THAT(names(CSVDataset(options).meta().at("classes")), ElementsAre("mäßig", "tief"));
  options = table("\xEF\xBB\xBFx,k\r1,\"a\r\nb\"\r2,c");
  options.label = "k";
  EXPECT_THAT(names(CSVDataset(options).meta().at("classes")), ElementsAre("a\nb", "c"));
  options.encoding = "klingon";
  EXPECT_THAT([&] { CSVDataset{options}; },
              ThrowsMessage<Error>("no encoding 'klingon'\n"
                                   "  encodings: utf-8, latin-1, cp1252, utf-16, utf-16-le, utf-16-be"));
}

TEST_F(CSVTable, HasNumbersWithADecimalComma) {
  CSVDataset::Options options = table("x;k\n0,04;a\n-2;b\n1,5;b\n");
  options.label = "k";
  options.delimiter = ";";
  EXPECT_THAT([&] { CSVDataset{options}; },
              ThrowsMessage<Error>(folder_ / "t.csv:2: '0,04' in column 'x' is not a number: it has a decimal comma\n"
                                             "  help: decimal=','"));
  options.decimal = ",";
  EXPECT_THAT(CSVDataset(options).get(0).tensor(keys::inputs), SameTensor(at::tensor({0.04F})));
  options = table("x;y\n1;0,5\n2;2,25\n");
  options.delimiter = ";";
  options.targets = {"y"};
  options.decimal = ",";
  EXPECT_THAT(CSVDataset(options).get(1).tensor("gt_value"_key), SameTensor(at::tensor({2.25F})));
  Value config = Value::dict();
  for (const auto& [key, value] :
       {std::pair("type", Value("CSVDataset")), std::pair("ann_file", Value(folder_ / "t.csv")),
        std::pair("label", Value("x")), std::pair("delimiter", Value(";")),
        std::pair("decimal", Value::list({""}))})  // what decimal=, is on the command line
    config.as_dict().set(key, value);
  EXPECT_THAT(Dataset::Registry::build(config, "")->get(1).tensor(keys::inputs), SameTensor(at::tensor({2.25F})));
  options.decimal = "·";
  EXPECT_THAT([&] { CSVDataset{options}; }, ThrowsMessage<Error>("decimal must be '.' or ',', got '·'"));
}

TEST_F(CSVTable, SaysInWhichLineItIsWrong) {
  const auto error_of = [&](const std::string& content) -> std::string {
    CSVDataset::Options options = table(content);
    options.label = "k";
    options.categories = {{"c", {"u", "v"}}};
    try {
      CSVDataset{options};
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  };
  const std::string file = folder_ / "t.csv";
  EXPECT_EQ(error_of("x,c,k\n1,u,a\n1,u\n"), file + ":3: 2 fields, and the first row has 3");
  EXPECT_EQ(error_of("x,c,k\n1,u,a\n\n2,u,a\nooo,v,b\n"), file + ":5: 'ooo' in column 'x' is not a number");
  EXPECT_EQ(error_of("x,c,k\n1,w,a\n"), file + ":2: 'w' in column 'c' is none of its categories\n  categories: u, v");
  EXPECT_EQ(error_of("x,c,k\n1,\"u,a\n"), file + ":2: a quote that is not closed");
  EXPECT_EQ(error_of("x,c,k\n1,\"u\"u,a\n"), file + ":2: text behind a closing quote");
  EXPECT_EQ(error_of("x,c,kk\n1,u,a\n"), file + ": no column 'k'; did you mean 'kk'?\n  columns: x, c, kk");
  EXPECT_EQ(error_of("x;c;k\n1;u;a\n"),
            file + ":1: no ',' in the first row, and so one column alone\n  help: delimiter=';'");
  EXPECT_EQ(error_of("x\tk\n1\ta\n"),
            file + ":1: no ',' in the first row, and so one column alone\n  help: delimiter='\\t'");
  EXPECT_EQ(error_of("\nx,k,c,x\n1,a,u,2\n"), file + ":2: columns 1 and 4 are both called 'x'");
  EXPECT_EQ(error_of("x,c,k\n12%,u,a\n7%,u,a\n-,v,b\n"),
            file + ":2: '12%' in column 'x' is not a number: it has a percent sign");
  EXPECT_EQ(error_of("x,c,k\n1 000,u,a\n900,u,a\n"),
            file + ":2: '1 000' in column 'x' is not a number: it has thousands separators");
  EXPECT_EQ(error_of(""), file + ": an empty table");
  EXPECT_EQ(error_of("x,c,k\n"), file + ": the table has no row to use");
}

TEST(CSVDataset, ReadsThePenguins) {
  const char* const shared = std::getenv("MILLRACE_SHARED");
  const std::string file = std::string(shared ? shared : "../shared") + "/data/penguins/penguins.csv";
  if (!std::ifstream(file)) GTEST_SKIP() << "no " << file << ": set MILLRACE_SHARED";
  const CSVDataset data({.ann_file = file, .label = "species", .missing = CSVDataset::Missing::drop});
  EXPECT_EQ(data.size(), 333);  // the complete cases, as the data's own authors count them
  EXPECT_EQ(data.meta().at("classes").items().size(), 3U);
}

}  // namespace
}  // namespace millrace
