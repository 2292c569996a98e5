#include "millrace/eval/dump_results.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/checkpoint/pickle_reader.h"
#include "millrace/dist/thread_ranks.h"
#include "millrace/eval/evaluator.h"
#include "millrace/eval/results_file.h"
#include "tests/support/all_close.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

const Key kScore("pred_x"), kPath("img_path"), kBoxes("pred_instances.bboxes"), kMask("pred_map.data");

/// Rows at these positions: scores (position, 10 position), a path, as many boxes as the position, a map.
Batch rows_at(std::vector<int64_t> positions) {
  std::vector<Sample> rows;
  for (const int64_t position : positions) {
    Sample& row = rows.emplace_back();
    row.set(keys::inputs, at::zeros({3, 4, 4}));
    row.set(kScore, at::tensor({static_cast<double>(position), 10.0 * static_cast<double>(position)}));
    row.set(kPath, "img_" + std::to_string(position) + ".jpg");
    row.set_rows(kBoxes, at::ones({position, 4}) * position);
    row.set(kMask, at::ones({1, position + 1, 2}));
    row.set_position(position);
  }
  return Batch::from(rows);
}

class DumpResultsTest : public testing::TestWithParam<const char*> {
 protected:
  std::string path() const { return folder_ / GetParam(); }
  std::shared_ptr<DumpResults> metric() const { return std::make_shared<DumpResults>(DumpResults::Options{path()}); }
  ScratchFolder folder_;
};

void expect_rows(const std::vector<Batch>& batches, int64_t rows) {
  int64_t position = 0;
  for (const Batch& batch : batches)
    for (int64_t i = 0; i < batch.size(); ++i, ++position) {
      const Sample row = batch.row(i);
      const auto number = static_cast<double>(position);
      EXPECT_EQ(batch.positions()[static_cast<size_t>(i)], position);
      EXPECT_THAT(row.tensor(kScore), SameTensor(at::tensor({number, 10 * number})));
      EXPECT_EQ(row.string(kPath), "img_" + std::to_string(position) + ".jpg");
      EXPECT_THAT(row.tensor(kBoxes), SameTensor(at::ones({position, 4}) * position));
      EXPECT_EQ(row.tensor(kMask).sizes(), (std::vector<int64_t>{1, position + 1, 2}));
      EXPECT_FALSE(row.has(keys::inputs));
    }
  EXPECT_EQ(position, rows);
}

TEST_P(DumpResultsTest, StoresRowsInTheOrderOfTheData) {
  Evaluator evaluator(std::vector<std::shared_ptr<Metric>>{metric()});
  evaluator.set_dataset_meta(State::dict({{"classes", State::list({"a", "b"})}}));
  evaluator.process(rows_at({2, 0}));
  evaluator.process(rows_at({3, 1}));
  EXPECT_TRUE(evaluator.evaluate().empty());
  const StoredResults stored = read_results(path());
  expect_rows(stored.batches, 4);
  if (path().ends_with(".pth")) EXPECT_EQ(stored.dataset_meta.at("classes").items().size(), 2u);
  else EXPECT_TRUE(stored.dataset_meta.is_none());
}

TEST_P(DumpResultsTest, StoresTheRowsOfAllRanksOnce) {
  run_in_threads(3, [&](Ranks& ranks) {
    Evaluator evaluator(std::vector<std::shared_ptr<Metric>>{metric()});
    if (ranks.rank() < 2) evaluator.process(rows_at({ranks.rank(), ranks.rank() + 2}));
    evaluator.evaluate(ranks);
  });
  expect_rows(read_results(path()).batches, 4);
}

TEST_P(DumpResultsTest, BeginsAnewWithEachPass) {
  Evaluator evaluator(std::vector<std::shared_ptr<Metric>>{metric()});
  evaluator.process(rows_at({0, 1, 2}));
  evaluator.evaluate();
  evaluator.process(rows_at({0, 1}));
  evaluator.evaluate();
  expect_rows(read_results(path()).batches, 2);
}

INSTANTIATE_TEST_SUITE_P(Kinds, DumpResultsTest, testing::Values("a.pkl", "a.pickle", "a.pth"));

TEST(DumpResults, NeedsAFileThatItKnows) {
  EXPECT_THAT([] { DumpResults({.out_file_path = "results.json"}); },
              ThrowsMessage<Error>(HasSubstr("DumpResults.out_file_path must end in .pkl, .pickle or .pth, got "
                                             "'results.json'")));
}

TEST(DumpResults, NestsGroupsAsMMEngineDoes) {
  const ScratchFolder folder;
  write_results(folder / "a.pkl", {State(), {rows_at({1})}});
  const State row = read_pickle_file(folder / "a.pkl").items().at(0);
  EXPECT_THAT(row.at("pred_instances").at("bboxes").tensor(), SameTensor(at::ones({1, 4})));
  EXPECT_EQ(row.at("img_path").string(), "img_1.jpg");
}

TEST(ReadResults, RefusesOtherFiles) {
  const ScratchFolder folder;
  EXPECT_THAT([&] { read_results(folder / "a.json"); },
              ThrowsMessage<Error>(HasSubstr("results are read from .pth, .pkl")));
  EXPECT_THROW(read_results(folder / "absent.pkl"), Error);
  const std::string text = folder.write("text.pkl", "no pickle");
  EXPECT_THAT([&] { read_results(text); }, ThrowsMessage<Error>(HasSubstr("text.pkl")));
  const std::string number = folder.write("number.pkl", "\x80\x02K\x05.");
  EXPECT_THAT([&] { read_results(number); },
              ThrowsMessage<Error>(HasSubstr("number.pkl: a list with a dict for each sample is expected, got int")));
  const std::string numbers = folder.write("numbers.pkl",
                                           "\x80\x02]K\x05"
                                           "a.");
  EXPECT_THAT([&] { read_results(numbers); }, ThrowsMessage<Error>(HasSubstr("sample 0 is a int, a dict is expected")));
}

TEST(ReadResults, TakesLabelsInTensorsOfOneElementAsNumbers) {
  const ScratchFolder folder;
  Sample row;
  row.set(Key("label"), at::tensor({3}, at::kLong));
  row.set(Key("score"), at::tensor({0.5}));
  write_results(folder / "a.pkl", {State(), {Batch::from(std::vector<Sample>{row, row})}});
  const StoredResults stored = read_results(folder / "a.pkl");
  EXPECT_THAT(stored.batches.at(0).tensor(Key("label")), SameTensor(at::tensor({3, 3}, at::kLong)));
  EXPECT_EQ(stored.batches.at(0).tensor(Key("score")).dim(), 2);
}

}  // namespace
}  // namespace millrace
