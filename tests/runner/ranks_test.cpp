// Runners of several ranks, each in a thread.
#include <ATen/ops/full.h>
#include <ATen/ops/rand.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/hooks/checkpoint_hook.h"
#include "millrace/hooks/logger_hook.h"
#include "millrace/hooks/test_report_hook.h"
#include "millrace/io/file.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_set.h"
#include "millrace/tensor/process.h"
#include "millrace/vis/task_view.h"
#include "tests/support/all_close.h"
#include "tests/support/ranked_runs.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

class RunOfRanks : public testing::TestWithParam<int> {
 protected:
  int size() const { return GetParam(); }
  template <class T>
  std::vector<T> each() const {
    return std::vector<T>(static_cast<size_t>(size()));
  }
  std::filesystem::path folder() const { return folder_.path(); }
  ScratchFolder folder_;
};
INSTANTIATE_TEST_SUITE_P(Sizes, RunOfRanks, testing::Values(1, 2, 3));

TEST_P(RunOfRanks, MeasuresEveryRowOnce) {
  for (const int64_t rows : {7, 2, 1}) {  // with 2 and 1, padded or not, a rank has no row of its own
    for (const bool round_up : {true, false}) {
      auto metrics = each<State>();
      run_ranks(
          size(),
          [&](int) {
            RunnerOptions options = line_options(folder());
            options.val_dataloader = points(rows, round_up);
            return options;
          },
          [&](Runner& runner, int rank) { metrics[static_cast<size_t>(rank)] = runner.val().state(); });
      State expected = State::list();
      double error = 0;
      for (int64_t row = 0; row < rows; ++row) {
        expected.push_back(row);
        const double x = static_cast<double>(row) / 8;
        error += (0.5 * x + 0.25 - x * x) * (0.5 * x + 0.25 - x * x);
      }
      for (const State& each : metrics) {
        EXPECT_TRUE(each.at("rows").equals(expected));
        EXPECT_NEAR(each.at("error").number(), error, 1e-6);
        EXPECT_TRUE(each.equals(metrics[0]));
      }
    }
  }
}

TEST_P(RunOfRanks, LeavesOneRunFolderAndOneOfEachCheckpoint) {
  auto summaries = each<RunSummary>();
  auto names = each<std::string>();
  run_ranks(
      size(),
      [&](int) {
        RunnerOptions options = line_options(folder(), 3);
        options.default_hooks.remove("checkpoint");
        options.custom_hooks.emplace_back(
            use<CheckpointHook>({.interval = 1, .max_keep_ckpts = 2, .save_best = "error", .rule = "less"}));
        return options;
      },
      [&](Runner& runner, int rank) {
        summaries[static_cast<size_t>(rank)] = runner.train();
        names[static_cast<size_t>(rank)] = runner.experiment_name();
      });
  ASSERT_EQ(names_in(folder(), "").size(), 1U);
  EXPECT_THAT(names, Each(names_in(folder(), "")[0]));
  for (const RunSummary& summary : summaries) {
    EXPECT_TRUE(summary.best.state().equals(summaries[0].best.state()));
    EXPECT_TRUE(summary.last.state().equals(summaries[0].last.state()));
    EXPECT_EQ(summary.iters, summaries[0].iters);
  }
  const std::string best = std::filesystem::path(summaries[0].best.checkpoint).filename().string();
  EXPECT_THAT(best, testing::StartsWith("best_error_epoch_"));
  EXPECT_THAT(names_in(folder(), ".pth"), UnorderedElementsAre(best, "epoch_2.pth", "epoch_3.pth"));
  const std::filesystem::path run = folder() / names_in(folder(), "")[0];
  EXPECT_THAT(names_in(run, ".log"), ElementsAre(names[0] + ".log"));
  EXPECT_TRUE(std::filesystem::exists(run / "summary.json"));
  EXPECT_TRUE(std::filesystem::exists(run / "curves.svg"));
}

/// Counts the rows of a test and their inputs.
class RowsView final : public TaskView {
 public:
  std::string line(const Sample&, const State&, int64_t) const override { return ""; }
  Value object(const Sample&, const State&, int64_t) const override { return Value::dict(); }
  RgbImage draw(const RgbImage& picture, const Sample&, const State&, const Drawing&) const override { return picture; }
  void begin_report(const State&) override { rows_ = 0, inputs_ = 0; }
  void add_to_report(const Batch& batch) override {
    rows_ += batch.size();
    inputs_ += batch.tensor(keys::inputs).sum().item<double>();
  }
  State partial() const override { return State::tuple({rows_, inputs_}); }
  void absorb(const State& other) override {
    rows_ += other.items()[0].integer();
    inputs_ += other.items()[1].number();
  }
  TestReport report() const override {
    const std::string text = std::to_string(rows_) + " rows, " + std::to_string(inputs_);
    return {.text = text, .files = {{"rows.txt", text, "rows"}}};
  }

 private:
  int64_t rows_ = 0;
  double inputs_ = 0;
};

TEST_P(RunOfRanks, ReportsTheRowsOfAllInATest) {
  auto files = each<std::filesystem::path>();
  run_ranks(
      size(),
      [&](int) {
        RunnerOptions options = line_options(folder());
        options.test_dataloader = points(7);
        options.test_cfg = use<TestLoop>({});
        options.test_evaluator = {Component<Metric>(std::make_shared<RowsMetric>())};
        options.task_view = Component<TaskView>(std::make_shared<RowsView>());
        options.custom_hooks.emplace_back(std::make_shared<TestReportHook>());
        return options;
      },
      [&](Runner& runner, int rank) {
        runner.test();
        files[static_cast<size_t>(rank)] = runner.run_folder().path() / "rows.txt";
      });
  EXPECT_THAT(files, Each(files[0]));
  EXPECT_EQ(io::read_file(files[0].string()), "7 rows, 2.625000");  // (0 + 1 + … + 6) / 8
}

int last_rank(int size) { return size - 1; }

TEST_P(RunOfRanks, StopsOnAllRanksWhereAHookOfOneAsks) {
  auto iterations = each<int64_t>();
  run_ranks(
      size(),
      [&](int rank) {
        RunnerOptions options = line_options(folder());
        options.train_cfg = use<IterBasedTrainLoop>({.max_iters = 50});
        if (rank == last_rank(size()))
          options.custom_hooks.emplace_back(std::make_shared<CallHook>([](TrainIter& point) {
            if (point.done == 3) point.runner.request_stop("three will do");
          }));
        return options;
      },
      [&](Runner& runner, int rank) {
        std::vector<std::string> lines;
        runner.logger().to_callback([&](LogLevel, std::string_view line) { lines.emplace_back(line); });
        iterations[static_cast<size_t>(rank)] = runner.train().iters;
        EXPECT_THAT(lines, testing::Contains("The training ends early: three will do"));
      });
  EXPECT_THAT(iterations, Each(3));
}

TEST_P(RunOfRanks, StopsOnAllRanksWhereOneIsCancelled) {
  std::vector<RunControl> controls(static_cast<size_t>(size()));
  auto summaries = each<RunSummary>();
  run_ranks(
      size(),
      [&](int rank) {
        RunnerOptions options = line_options(folder(), 50);
        if (rank == last_rank(size()))
          options.custom_hooks.emplace_back(std::make_shared<CallHook>([&](TrainIter& point) {
            if (point.done == 1) controls.back().stop();
          }));
        return options;
      },
      [&](Runner& runner, int rank) { summaries[static_cast<size_t>(rank)] = runner.train(); },
      [&](int rank) { return &controls[static_cast<size_t>(rank)]; });
  for (const RunSummary& summary : summaries) {
    EXPECT_EQ(summary.stop_reason, RunControl::kCancel);
    EXPECT_EQ(summary.iters, 1);
    EXPECT_EQ(std::filesystem::path(summary.last.checkpoint).filename(), "iter_1.pth");
  }
  EXPECT_THAT(names_in(folder(), ".pth"), ElementsAre("iter_1.pth"));
}

TEST_P(RunOfRanks, SavesOnceWhereOneAsksAndTellsThatOne) {
  std::mutex mutex;
  std::vector<int> told;
  run_ranks(
      size(),
      [&](int rank) {
        RunnerOptions options = line_options(folder(), 1);
        options.default_hooks.remove("checkpoint");
        if (rank == last_rank(size()))
          options.custom_hooks.emplace_back(std::make_shared<CallHook>([&, rank](TrainIter& point) {
            if (point.done != 2) return;
            SaveRequest request{folder() / "asked.pth"};
            request.then = [&, rank] {
              const std::scoped_lock lock(mutex);
              told.push_back(rank);
            };
            point.runner.request_save(std::move(request));
          }));
        return options;
      },
      [](Runner& runner, int) { runner.train(); });
  EXPECT_THAT(told, ElementsAre(last_rank(size())));
  EXPECT_THAT(names_in(folder(), ".pth"), ElementsAre("asked.pth"));
  EXPECT_EQ(load_checkpoint_file(folder_ / "asked.pth").at("meta").at("iter").integer(), 2);
}

TEST(RunsOfRanks, ShowTheMeanOfTheirLosses) {
  const ScratchFolder folder;
  std::mutex mutex;
  std::vector<double> sums(6);  // over the ranks, of each iteration
  run_ranks(
      2,
      [&](int) {
        RunnerOptions options = line_options(folder.path());
        options.default_hooks.remove("logger");
        options.custom_hooks.emplace_back(use<LoggerHook>({.interval = 1}));
        options.log_processor = use<LogProcessor>({.window_size = 1});
        options.custom_hooks.emplace_back(std::make_shared<CallHook>([&](TrainIter& point) {
          const std::scoped_lock lock(mutex);
          sums[static_cast<size_t>(point.done - 1)] += point.losses->total().item<double>();
        }));
        return options;
      },
      [](Runner& runner, int) { runner.train(); });
  std::ifstream records(folder.path() / names_in(folder.path(), "")[0] / "vis_data" / "scalars.json");
  std::vector<double> shown;
  for (std::string line; std::getline(records, line);)
    if (const auto record = nlohmann::json::parse(line); record.contains("loss"))
      shown.push_back(record["loss"].get<double>());
  ASSERT_EQ(shown.size(), 6U);
  for (size_t i = 0; i < 6; ++i) EXPECT_NEAR(shown[i], sums[i] / 2, 1e-6);
}

TEST(RunsOfRanks, WriteALogEachAtTheLevelDebug) {
  const ScratchFolder folder;
  run_ranks(
      2,
      [&](int) {
        RunnerOptions options = line_options(folder.path(), 1);
        options.log_level = "DEBUG";
        return options;
      },
      [&](Runner& runner, int rank) {
        runner.logger().debug("of rank " + std::to_string(rank));
        runner.train();
        const auto file = rank == 0 ? runner.run_folder().log_file() : runner.run_folder().log_file_of_rank(rank);
        EXPECT_THAT(io::read_file(file.string()), HasSubstr("DEBUG - of rank " + std::to_string(rank)));
      });
}

TEST(RunsOfRanks, TrainAsOneRankWithTheirBatchesTogetherWould) {
  const ScratchFolder folder;
  const auto weights_of = [](Runner& runner) {
    std::vector<double> weights;
    for (const auto& each : runner.model().modules().all_params())
      weights.push_back(each.tensor.detach().sum().item<double>());
    return weights;
  };
  std::vector<std::vector<double>> together(2), alone(1);
  run_ranks(
      2, [&](int) { return line_options(folder.path()); },
      [&](Runner& runner, int rank) {
        runner.train();
        together[static_cast<size_t>(rank)] = weights_of(runner);
      });
  run_ranks(
      1,
      [&](int) {
        RunnerOptions options = line_options(folder.path());
        options.train_dataloader->batch_size = 4;
        return options;
      },
      [&](Runner& runner, int) {
        runner.train();
        alone[0] = weights_of(runner);
      });
  EXPECT_EQ(together[0], together[1]);
  EXPECT_THAT(together[0], testing::Pointwise(testing::DoubleNear(1e-6), alone[0]));
}

TEST(RunsOfRanks, RefusePassesOfDifferentLengths) {
  const ScratchFolder folder;
  EXPECT_THAT(
      [&] {
        run_ranks(
            2,
            [&](int) {
              RunnerOptions options = line_options(folder.path());
              options.train_dataloader = points(5, /*round_up=*/false);
              return options;
            },
            [](Runner& runner, int) { runner.train(); });
      },
      testing::ThrowsMessage<Error>(HasSubstr("the ranks have passes of different lengths over the training data: "
                                              "rank 0 has 2 batches, rank 1 has 1")));
}

TEST(RunsOfRanks, TellTheOthersWhichOneFailed) {
  const ScratchFolder folder;
  std::string heard;
  EXPECT_THAT(
      [&] {
        run_ranks(
            2,
            [&](int rank) {
              RunnerOptions options = line_options(folder.path());
              if (rank == 1)
                options.custom_hooks.emplace_back(std::make_shared<CallHook>([](TrainIter& point) {
                  if (point.done == 2) throw Error("the disk is full");
                }));
              return options;
            },
            [&](Runner& runner, int rank) {
              try {
                runner.train();
              } catch (const Error& error) {
                if (rank == 0) heard = error.what();
                throw;
              }
            });
      },
      testing::ThrowsMessage<Error>(HasSubstr("the disk is full")));
  EXPECT_THAT(heard, testing::StartsWith("rank 1 failed: the disk is full"));
}

TEST(RunsOfRanks, FailTogetherWhereAStrictLoadFails) {
  const ScratchFolder folder;
  save_checkpoint_file(folder / "other.pth",
                       State::dict({{"line.weight", at::full({1, 2}, 1.0)}, {"line.bias", at::full({1}, 1.0)}}));
  std::vector<std::string> heard(2);
  EXPECT_THROW(run_ranks(
                   2,
                   [&](int) {
                     RunnerOptions options = line_options(folder.path());
                     options.load_from = folder / "other.pth";
                     return options;
                   },
                   [&](Runner& runner, int rank) {
                     try {
                       runner.train();
                     } catch (const Error& error) {
                       heard[static_cast<size_t>(rank)] = error.what();
                       throw;
                     }
                   }),
               Error);
  EXPECT_THAT(heard, Each(testing::AllOf(HasSubstr("other.pth: "), HasSubstr("line.weight"))));
}

TEST(RunsOfRanks, ScaleTheLearningRateWithTheBatchOfAll) {
  const ScratchFolder folder;
  std::vector<double> rates(2);
  run_ranks(
      2,
      [&](int) {
        RunnerOptions options = line_options(folder.path(), 1);
        options.auto_scale_lr = {.enable = true, .base_batch_size = 8};
        return options;
      },
      [&](Runner& runner, int rank) {
        runner.train();
        rates[static_cast<size_t>(rank)] = runner.optims()->only().lr();
      });
  EXPECT_THAT(rates, Each(0.05 * 2 * 2 / 8));
}

/// Rank 1 of 2, of a run in which nobody else is.
class LonelyRank final : public Ranks {
 public:
  int rank() const override { return 1; }
  int size() const override { return 2; }
  int local_rank() const override { return 1; }
  void all_reduce_(const at::Tensor&, Reduce) override {}
  std::vector<at::Tensor> all_gather(const at::Tensor& tensor) override { return {tensor, tensor}; }
  std::vector<State> all_gather(const State& state) override { return {state, state}; }
  void broadcast_(const at::Tensor&, int) override {}
  State broadcast(const State& state, int) override { return state; }
  void barrier() override {}
  int agree(int value) override { return value; }
};

TEST(RunsOfRanks, DifferInTheSeedOfTheirDefaultGeneratorsIfTheyAreToldTo) {
  const auto drawn = [](bool differ) {
    const ScratchFolder folder;
    LonelyRank ranks;
    RunSurroundings surroundings;
    surroundings.ranks = &ranks;
    RunnerOptions options = line_options(folder.path());
    options.randomness.diff_rank_seed = differ;
    const Runner runner(std::move(options), std::move(surroundings));
    EXPECT_EQ(runner.seed(), 5U) << "order and augmentation";
    EXPECT_THAT(std::filesystem::is_empty(folder.path()), true) << "it is not the main rank";
    return at::rand({4});
  };
  const auto of_seed = [](uint64_t seed) {
    seed_generators(seed);
    return at::rand({4});
  };
  EXPECT_THAT(drawn(false), SameTensor(of_seed(5)));
  EXPECT_THAT(drawn(true), SameTensor(of_seed(6)));
}

}  // namespace
}  // namespace millrace
