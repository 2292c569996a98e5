// Where each rank of a run is in its data.
#include <ATen/ops/full.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/data/stream_dataset.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/log/logger.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Counts on from where its state says; `length` samples a pass.
class CountingStream final : public StreamDataset {
 public:
  CountingStream(int64_t first, int64_t length) : StreamDataset(DatasetOptions{}), next_(first), length_(length) {}
  bool next(Sample& sample) override {
    if (given_ == length_) return false;
    ++given_;
    sample.set(keys::inputs, at::full({1}, static_cast<double>(next_), at::kFloat));
    sample.set(kLineTruth, at::full({1}, 0.0, at::kFloat));
    ++next_;
    return true;
  }
  void begin_pass(int64_t) override { given_ = 0; }
  State state_dict() const override { return State::tuple({next_, given_}); }
  void load_state_dict(const State& state) override {
    next_ = state.items()[0].integer();
    given_ = state.items()[1].integer();
  }

 private:
  int64_t next_, length_, given_ = 0;
};

/// Trains by iterations on streams that begin at 100, 200, … and writes down what each rank saw.
struct StreamedRun {
  explicit StreamedRun(int size) : seen(static_cast<size_t>(size)), warnings(static_cast<size_t>(size)) {}

  void train(const std::filesystem::path& folder, int64_t iterations, const std::string& resume) {
    run_ranks(
        static_cast<int>(seen.size()),
        [&](int rank) {
          RunnerOptions options = line_options(folder);
          options.val_dataloader.reset();
          options.val_cfg = {};
          options.val_evaluator = {};
          options.train_dataloader = {.dataset = std::make_shared<CountingStream>(100 * (rank + 1), 1000),
                                      .batch_size = 1};
          options.train_cfg = use<IterBasedTrainLoop>({.max_iters = iterations});
          options.optim_wrapper = use<OptimWrapper>({.optimizer = use<SGD>({.lr = 0.0})});
          options.default_hooks.remove("checkpoint");
          options.custom_hooks.emplace_back(use<CheckpointHook>({.interval = 2, .by_epoch = false}));
          if (!resume.empty()) options.resume = resume;
          options.custom_hooks.emplace_back(std::make_shared<CallHook>([this, rank](TrainIter& point) {
            seen[static_cast<size_t>(rank)].push_back(point.batch.tensor(keys::inputs).item<double>());
          }));
          return options;
        },
        [&](Runner& runner, int rank) {
          runner.logger().to_callback([&, rank](LogLevel level, std::string_view line) {
            if (level == LogLevel::warning) warnings[static_cast<size_t>(rank)].emplace_back(line);
          });
          runner.train();
        });
  }
  std::vector<std::vector<double>> seen;
  std::vector<std::vector<std::string>> warnings;
};

TEST(ResumeOfRanks, GivesEachRankItsOwnPlaceInTheData) {
  const ScratchFolder folder;
  StreamedRun first(2), second(2);
  first.train(folder.path(), 2, "");
  second.train(folder.path(), 4, folder / "iter_2.pth");
  EXPECT_THAT(first.seen, ElementsAre(ElementsAre(100, 101), ElementsAre(200, 201)));
  EXPECT_THAT(second.seen, ElementsAre(ElementsAre(102, 103), ElementsAre(202, 203)));
  EXPECT_THAT(second.warnings, Each(IsEmpty()));
  EXPECT_EQ(names_in(folder.path(), "").size(), 1U) << "it goes on in the run folder that it came from";
}

TEST(ResumeOfRanks, WarnsWhereTheirNumberIsAnother) {
  const ScratchFolder folder;
  StreamedRun(2).train(folder.path(), 2, "");
  StreamedRun second(1);
  second.train(folder.path(), 3, folder / "iter_2.pth");
  EXPECT_THAT(second.warnings[0], ElementsAre(HasSubstr("the number of ranks changed from 2 to 1")));
  EXPECT_THAT(second.seen, ElementsAre(ElementsAre(102)));
}

TEST(RunsOfRanks, EndAPassTogetherWhereAStreamEndsOnOne) {
  const ScratchFolder folder;
  std::vector<int64_t> iterations(2), epochs(2);
  run_ranks(
      2,
      [&](int rank) {
        RunnerOptions options = line_options(folder.path());
        options.train_dataloader = {.dataset = std::make_shared<CountingStream>(0, rank == 0 ? 4 : 3), .batch_size = 1};
        return options;
      },
      [&](Runner& runner, int rank) {
        iterations[static_cast<size_t>(rank)] = runner.train().iters;
        epochs[static_cast<size_t>(rank)] = runner.epoch();
      });
  EXPECT_THAT(iterations, Each(6));
  EXPECT_THAT(epochs, Each(2));
}

}  // namespace
}  // namespace millrace
