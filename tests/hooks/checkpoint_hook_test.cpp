#include "millrace/hooks/checkpoint_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/eval/metric.h"
#include "millrace/io/file.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "millrace/runner/eval_loop.h"
#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::ThrowsMessage;
using CheckpointOptions = CheckpointHook::Options;
using MetricNames = std::vector<std::string>;

/// What the validations of a run give, one after the other: the figures by name.
using Plan = std::vector<std::vector<std::pair<std::string, State>>>;

class PlannedMetric final : public Metric {
 public:
  explicit PlannedMetric(Plan plan) : Metric(""), plan_(std::move(plan)) {}
  void process(const Batch&) override {}
  State partial() const override { return {}; }
  void absorb(const State&) override {}
  MetricMap compute() override {
    MetricMap metrics;
    for (const auto& [name, value] : plan_.at(next_)) metrics.add(name, value);
    ++next_;
    return metrics;
  }
  void reset() override {}

 private:
  Plan plan_;
  size_t next_ = 0;
};

Plan plan_of(const std::string& name, const std::vector<double>& values) {
  Plan plan;
  for (const double value : values) plan.push_back({{name, value}});
  return plan;
}

/// Lists what is saved at each save, before the new file is there.
class Witness final : public Hook {
 public:
  explicit Witness(std::function<std::vector<std::string>()> files) : files_(std::move(files)) {}
  void before_save_checkpoint(CheckpointPoint&) override { seen.push_back(files_()); }
  std::vector<std::vector<std::string>> seen;

 private:
  std::function<std::vector<std::string>()> files_;
};

/// Asks for a stop after an iteration.
class StopAfter final : public Hook {
 public:
  explicit StopAfter(int64_t iter) : iter_(iter) {}
  void after_train_iter(TrainIter& point) override {
    if (point.runner.iter() + 1 == iter_) point.runner.request_stop("a test");
  }

 private:
  int64_t iter_;
};

/// Trainings of six iterations an epoch with a CheckpointHook, in one folder.
class CheckpointHookTest : public testing::Test {
 protected:
  HostedRun& make(const CheckpointOptions& options, int64_t epochs = 4, const Plan& plan = {},
                  const std::function<void(RunnerOptions&)>& change = {}) {
    run_ = std::make_unique<HostedRun>(folder_.path() / work_, epochs, [&](RunnerOptions& run) {
      run.resume = resume_;
      if (!plan.empty()) {
        run.val_dataloader = run.train_dataloader;
        run.val_cfg = use<ValLoop>();
        run.val_evaluator = {std::make_shared<PlannedMetric>(plan)};
      }
      if (change) change(run);
    });
    run_->runner->add_hook(std::make_shared<CheckpointHook>(options));
    return *run_;
  }

  /// Trains, and gives the names of the checkpoints that are left.
  std::vector<std::string> files_of(const CheckpointOptions& options, int64_t epochs = 4, const Plan& plan = {}) {
    make(options, epochs, plan).runner->train();
    return files();
  }

  std::vector<std::string> files(const std::string& folder = "work") const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / folder))
      if (entry.path().extension() == ".pth") names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  /// The next run is in `work`, and goes on from a file below the test's folder.
  void go_on_in(const std::string& work, const std::string& from) {
    work_ = work;
    resume_ = folder_ / from;
  }
  /// Each file of a folder and below it, with its content.
  std::map<std::string, std::string> contents(const std::string& folder) const {
    std::map<std::string, std::string> contents;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path() / folder))
      if (entry.is_regular_file()) contents[entry.path().string()] = io::read_file(entry.path().string());
    return contents;
  }

  State saved(const std::string& name) const { return load_checkpoint_file(folder_.path() / "work" / name); }
  std::string last_checkpoint() const {
    return std::filesystem::path(io::read_file(folder_ / "work/last_checkpoint")).filename().string();
  }

  ScratchFolder folder_;
  std::string work_ = "work";
  std::string resume_;
  std::unique_ptr<HostedRun> run_;
};

TEST_F(CheckpointHookTest, SavesAtEachIntervalAndAtTheEnd) {
  EXPECT_THAT(files_of({.interval = 2}, 5), ElementsAre("epoch_2.pth", "epoch_4.pth", "epoch_5.pth"));
  EXPECT_EQ(last_checkpoint(), "epoch_5.pth");
}

TEST_F(CheckpointHookTest, WithoutAnIntervalSavesTheLastAlone) {
  EXPECT_THAT(files_of({}), ElementsAre("epoch_4.pth"));
}

TEST_F(CheckpointHookTest, LeavesTheLastOutIfTold) {
  EXPECT_THAT(files_of({.interval = 3, .save_last = false}), ElementsAre("epoch_3.pth"));
}

TEST_F(CheckpointHookTest, CountsTheIntervalFromItsBegin) {
  EXPECT_THAT(files_of({.interval = 2, .save_last = false, .save_begin = 1}, 6),
              ElementsAre("epoch_1.pth", "epoch_3.pth", "epoch_5.pth"));
}

TEST_F(CheckpointHookTest, CountsIterationsIfTold) {
  EXPECT_THAT(files_of({.interval = 7, .by_epoch = false}),
              ElementsAre("iter_14.pth", "iter_21.pth", "iter_24.pth", "iter_7.pth"));
  EXPECT_EQ(saved("iter_14.pth").at("meta").at("iter").integer(), 14);
}

TEST_F(CheckpointHookTest, KeepsTheNewest) {
  EXPECT_THAT(files_of({.interval = 1, .max_keep_ckpts = 2}), ElementsAre("epoch_3.pth", "epoch_4.pth"));
}

TEST_F(CheckpointHookTest, RemovesAnOldFileAfterTheNewOneIsThere) {
  HostedRun& run = make({.interval = 1, .max_keep_ckpts = 1});
  const auto witness = std::make_shared<Witness>([this] { return files(); });
  run.runner->add_hook(witness);
  run.runner->train();
  EXPECT_THAT(witness->seen, ElementsAre(IsEmpty(), ElementsAre("epoch_1.pth"), ElementsAre("epoch_2.pth"),
                                         ElementsAre("epoch_3.pth")));
  EXPECT_THAT(files(), ElementsAre("epoch_4.pth"));
}

TEST_F(CheckpointHookTest, GoesOnWithItsRotationAfterAResume) {
  files_of({.interval = 1, .max_keep_ckpts = 2}, 2);
  ASSERT_THAT(files(), ElementsAre("epoch_1.pth", "epoch_2.pth"));
  HostedRun& run = make({.interval = 1, .max_keep_ckpts = 2}, 3);
  run.runner->resume(saved("epoch_2.pth"));
  run.runner->train();
  EXPECT_THAT(files(), ElementsAre("epoch_2.pth", "epoch_3.pth"));
}

TEST_F(CheckpointHookTest, KeepsTheBestOfAMetricThatShouldBeGreat) {
  EXPECT_THAT(files_of({.save_best = "accuracy"}, 4, plan_of("accuracy", {0.5, 0.75, 0.75, 0.25})),
              ElementsAre("best_accuracy_epoch_2.pth", "epoch_4.pth"));
}

TEST_F(CheckpointHookTest, KeepsTheBestOfAMetricThatShouldBeSmall) {
  EXPECT_THAT(files_of({.save_best = "test/loss"}, 4, plan_of("test/loss", {0.5, 0.25, 0.5, 0.125})),
              ElementsAre("best_test_loss_epoch_4.pth", "epoch_4.pth"));
}

TEST_F(CheckpointHookTest, TakesTheRuleBeforeTheName) {
  EXPECT_THAT(files_of({.save_best = "accuracy", .rule = "less"}, 3, plan_of("accuracy", {0.5, 0.25, 0.75})),
              ElementsAre("best_accuracy_epoch_2.pth", "epoch_3.pth"));
}

TEST_F(CheckpointHookTest, TakesPartsOfNamesThatTellTheRule) {
  EXPECT_THAT(files_of({.save_best = "speed", .greater_keys = MetricNames{"speed"}}, 2, plan_of("speed", {1, 2})),
              ElementsAre("best_speed_epoch_2.pth", "epoch_2.pth"));
  EXPECT_THAT(files_of({.save_best = "delay", .less_keys = MetricNames{"delay"}}, 2, plan_of("delay", {1, 2})),
              testing::Contains("best_delay_epoch_1.pth"));
}

TEST_F(CheckpointHookTest, KeepsTheBestOfEachOfSeveralMetrics) {
  const Plan plan = {{{"a", 1.0}, {"b", 1.0}}, {{"a", 2.0}, {"b", 2.0}}, {{"a", 1.5}, {"b", 0.5}}};
  EXPECT_THAT(files_of({.save_best = MetricNames{"a", "b"}, .rule = MetricNames{"greater", "less"}}, 3, plan),
              ElementsAre("best_a_epoch_2.pth", "best_b_epoch_3.pth", "epoch_3.pth"));
}

TEST_F(CheckpointHookTest, TakesTheFirstMetricWhereItIsToChoose) {
  const Plan plan = {{{"accuracy", 0.5}, {"loss", 0.5}}, {{"accuracy", 0.25}, {"loss", 0.25}}};
  EXPECT_THAT(files_of({.save_best = "auto"}, 2, plan), ElementsAre("best_accuracy_epoch_1.pth", "epoch_2.pth"));
}

TEST_F(CheckpointHookTest, NeverTakesANanOrAFigureThatIsMissingForTheBest) {
  const Plan plan = {
      {{"accuracy", INFINITY}}, {{"accuracy", State()}}, {{"accuracy", 0.25}}, {{"accuracy", std::nan("")}}};
  EXPECT_THAT(files_of({.save_best = "accuracy"}, 4, plan), ElementsAre("best_accuracy_epoch_3.pth", "epoch_4.pth"));
}

/// In MMEngine a best checkpoint writes a regular one, too.
TEST_F(CheckpointHookTest, CountsABestCheckpointForNoRotation) {
  EXPECT_THAT(files_of({.interval = 2, .max_keep_ckpts = 1, .save_best = "accuracy"}, 5,
                       plan_of("accuracy", {0.75, 0.5, 0.5, 0.5, 0.5})),
              ElementsAre("best_accuracy_epoch_1.pth", "epoch_5.pth"));
}

TEST_F(CheckpointHookTest, RemembersTheBestAfterAResume) {
  files_of({.interval = 1, .save_best = "accuracy"}, 2, plan_of("accuracy", {0.75, 0.5}));
  HostedRun& run = make({.interval = 1, .save_best = "accuracy"}, 3, plan_of("accuracy", {0.5, 0.625}));
  run.runner->resume(saved("epoch_2.pth"));
  run.runner->train();
  EXPECT_THAT(files(), ElementsAre("best_accuracy_epoch_1.pth", "epoch_1.pth", "epoch_2.pth", "epoch_3.pth"));
}

TEST_F(CheckpointHookTest, SavesWhatARunNeedsToGoOnButNotInTheBest) {
  const auto schedule = [](RunnerOptions& options) { options.param_scheduler = use<StepLR>({.step_size = 1}); };
  make({.save_best = "accuracy"}, 1, plan_of("accuracy", {0.5}), schedule).runner->train();
  EXPECT_NE(saved("epoch_1.pth").find("optimizer"), nullptr);
  EXPECT_NE(saved("epoch_1.pth").find("param_schedulers"), nullptr);
  EXPECT_EQ(saved("best_accuracy_epoch_1.pth").find("optimizer"), nullptr);
  EXPECT_EQ(saved("best_accuracy_epoch_1.pth").find("param_schedulers"), nullptr);
  EXPECT_TRUE(saved("best_accuracy_epoch_1.pth").at("state_dict").equals(saved("epoch_1.pth").at("state_dict")));
}

TEST_F(CheckpointHookTest, LeavesOutWhatItIsToldTo) {
  const auto schedule = [](RunnerOptions& options) { options.param_scheduler = use<StepLR>({.step_size = 1}); };
  make({.save_optimizer = false, .save_param_scheduler = false}, 1, {}, schedule).runner->train();
  EXPECT_EQ(saved("epoch_1.pth").find("optimizer"), nullptr);
  EXPECT_EQ(saved("epoch_1.pth").find("param_schedulers"), nullptr);
}

TEST_F(CheckpointHookTest, WritesIntoAnotherFolder) {
  make({.out_dir = folder_ / "elsewhere"}, 1).runner->train();
  EXPECT_THAT(files("elsewhere/work"), ElementsAre("epoch_1.pth"));
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(CheckpointHookTest, PublishesTheLastAndTheBest) {
  CheckpointOptions options{.interval = 1, .save_best = {{"acc"}}};
  options.published_keys = {{MetricNames{"state_dict", "meta"}}};
  make(options, 3, plan_of("acc", {0.1, 0.3, 0.2})).runner->train();
  std::map<std::string, std::string> published;  // by the checkpoint that it is of
  for (const std::string& name : files())
    if (const size_t dash = name.find('-'); dash != std::string::npos) published[name.substr(0, dash)] = name;
  ASSERT_EQ(published.size(), 2U) << testing::PrintToString(files());
  for (const char* of : {"epoch_3", "best_acc_epoch_2"}) {
    const std::string& name = published.at(of);
    EXPECT_THAT(name, testing::MatchesRegex(std::string(of) + "-[0-9a-f]{8}\\.pth"));
    const State content = load_torch_file(folder_ / ("work/" + name));
    ASSERT_EQ(content.entries().size(), 2U);
    EXPECT_TRUE(content.at("state_dict").equals(saved(std::string(of) + ".pth").at("state_dict")));
    EXPECT_EQ(content.at("meta").at("seed").integer(), 5);
  }
}

TEST_F(CheckpointHookTest, NamesFilesByItsTemplate) {
  EXPECT_THAT(files_of({.interval = 1, .filename_tmpl = "net_{}.pth"}, 2), ElementsAre("net_1.pth", "net_2.pth"));
}

TEST_F(CheckpointHookTest, SavesWhereACancelStopsTheRun) {
  HostedRun& run = make({.interval = 1});
  run.net->on_step = [&](int64_t step) {
    if (step == 9) run.control.stop();
  };
  run.runner->train();
  EXPECT_THAT(files(), ElementsAre("epoch_1.pth", "iter_9.pth"));
  EXPECT_EQ(last_checkpoint(), "iter_9.pth");
}

TEST_F(CheckpointHookTest, SavesOnceWhereAStopComesWithARegularSave) {
  HostedRun& run = make({.interval = 3, .by_epoch = false});
  run.net->on_step = [&](int64_t step) {
    if (step == 9) run.control.stop();
  };
  run.runner->train();
  EXPECT_THAT(files(), ElementsAre("iter_3.pth", "iter_6.pth", "iter_9.pth"));
}

TEST_F(CheckpointHookTest, SavesAtAHooksStopUnlessTheLastIsToBeLeftOut) {
  HostedRun& run = make({});
  run.runner->add_hook(std::make_shared<StopAfter>(9));
  run.runner->train();
  EXPECT_THAT(files(), ElementsAre("epoch_2.pth"));
  std::filesystem::remove(folder_.path() / "work/epoch_2.pth");
  HostedRun& other = make({.save_last = false});
  other.runner->add_hook(std::make_shared<StopAfter>(9));
  other.runner->train();
  EXPECT_THAT(files(), IsEmpty());
}

TEST_F(CheckpointHookTest, LeavesTheFilesOfTheRunThatItGoesOnFromElsewhere) {
  const CheckpointOptions options{.interval = 1, .max_keep_ckpts = 2, .save_best = "accuracy"};
  files_of(options, 2, plan_of("accuracy", {0.5, 0.25}));
  const auto before = contents("work");
  go_on_in("other", "work/epoch_2.pth");
  make(options, 3, plan_of("accuracy", {0.25, 0.75})).runner->train();  // the validation of epoch 2 is due
  EXPECT_EQ(contents("work"), before);
  EXPECT_THAT(files("other"), ElementsAre("best_accuracy_epoch_3.pth", "epoch_3.pth"));
}

TEST_F(CheckpointHookTest, LeavesFilesThatWereInTheFolderBeforeItCame) {
  const CheckpointOptions options{.interval = 1, .max_keep_ckpts = 2};
  files_of(options, 2);
  const std::string run_folder = run_->runner->run_folder().name();
  std::filesystem::copy(folder_.path() / "work", folder_.path() / "other", std::filesystem::copy_options::recursive);
  std::filesystem::remove(folder_.path() / "other/last_checkpoint");  // so that nothing says that it is a copy
  const auto records = contents("other/" + run_folder);
  go_on_in("other", "work/epoch_2.pth");
  make(options, 4).runner->train();
  EXPECT_THAT(files("other"), ElementsAre("epoch_1.pth", "epoch_2.pth", "epoch_3.pth", "epoch_4.pth"));
  EXPECT_EQ(contents("other/" + run_folder), records) << "a run folder of the same name is another one";
}

TEST_F(CheckpointHookTest, InACopyTakesTheFilesOfTheCopyForItsOwn) {
  const CheckpointOptions options{.interval = 1, .max_keep_ckpts = 2, .save_best = "accuracy"};
  files_of(options, 2, plan_of("accuracy", {0.5, 0.25}));
  std::filesystem::copy(folder_.path() / "work", folder_.path() / "copy", std::filesystem::copy_options::recursive);
  const auto before = contents("work");
  work_ = "copy";
  make(options, 3, plan_of("accuracy", {0.25, 0.25}), [](RunnerOptions& run) { run.resume = true; }).runner->train();
  EXPECT_EQ(run_->runner->resumed_from(), folder_ / "copy/epoch_2.pth");
  EXPECT_EQ(run_->runner->summary().best.checkpoint, folder_ / "copy/best_accuracy_epoch_1.pth");
  make(options, 4, plan_of("accuracy", {0.25, 0.75}), [](RunnerOptions& run) { run.resume = true; }).runner->train();
  EXPECT_EQ(contents("work"), before);
  EXPECT_THAT(files("copy"), ElementsAre("best_accuracy_epoch_4.pth", "epoch_3.pth", "epoch_4.pth"));
}

TEST_F(CheckpointHookTest, InACopyOfAPythonRunTakesTheFilesOfTheCopyForItsOwn) {
  const CheckpointOptions options{.interval = 1, .save_best = "accuracy"};
  files_of(options, 2, plan_of("accuracy", {0.5, 0.25}));
  std::filesystem::copy(folder_.path() / "work", folder_.path() / "copy", std::filesystem::copy_options::recursive);
  const auto before = contents("work");
  State python = saved("epoch_2.pth");
  python.erase("millrace");
  save_checkpoint_file(folder_ / "copy/epoch_2.pth", python);
  go_on_in("copy", "copy/epoch_2.pth");
  make(options, 3, plan_of("accuracy", {0.75})).runner->train();
  EXPECT_EQ(contents("work"), before);
  EXPECT_THAT(files("copy"), ElementsAre("best_accuracy_epoch_3.pth", "epoch_1.pth", "epoch_2.pth", "epoch_3.pth"));
}

TEST_F(CheckpointHookTest, TheBestResultOfARunOfMMEngineIsThatOfItsBestFile) {
  const CheckpointOptions options{.interval = 1, .save_best = "accuracy"};
  files_of(options, 2, plan_of("accuracy", {54.56, 21.36}));
  State python = saved("epoch_2.pth");
  python.erase("millrace");
  save_checkpoint_file(folder_ / "work/epoch_2.pth", python);
  go_on_in("work", "work/epoch_2.pth");
  make(options, 3, plan_of("accuracy", {21.36})).runner->train();
  const RunSummary::Result best = run_->runner->summary().best;
  EXPECT_EQ(best.value, 54.56);
  EXPECT_EQ(best.checkpoint, folder_ / "work/best_accuracy_epoch_1.pth");
  EXPECT_EQ(best.epoch, 1);
  EXPECT_EQ(best.rule, "greater");
}

TEST_F(CheckpointHookTest, KnowsAfterAResumeWhichWayTheFirstMetricIsBetter) {
  const CheckpointOptions options{.interval = 1, .save_best = "auto"};
  files_of(options, 2, plan_of("loss", {0.5, 0.75}));
  go_on_in("work", "work/epoch_2.pth");
  make(options, 4, plan_of("loss", {0.75, 0.625, 0.25})).runner->train();
  EXPECT_THAT(files(), testing::Contains("best_loss_epoch_4.pth"));
  EXPECT_THAT(files(), testing::Not(testing::Contains("best_loss_epoch_3.pth")));
}

TEST_F(CheckpointHookTest, BeginsAnewWhereAnotherMetricIsChosenAfterAResume) {
  files_of({.interval = 1, .save_best = "accuracy"}, 2, plan_of("accuracy", {50, 75}));
  go_on_in("work", "work/epoch_2.pth");
  const Plan plan = {{{"accuracy", 75.0}, {"precision", 0.25}}, {{"accuracy", 80.0}, {"precision", 0.5}}};
  make({.interval = 1, .save_best = "precision"}, 3, plan).runner->train();
  EXPECT_THAT(files(), testing::IsSupersetOf({"best_accuracy_epoch_2.pth", "best_precision_epoch_3.pth"}));
}

TEST_F(CheckpointHookTest, NoResultNamesACheckpointThatIsGone) {
  make({.interval = 1, .max_keep_ckpts = 1}, 3, plan_of("accuracy", {75, 50, 25})).runner->train();
  const RunSummary::Result best = run_->runner->summary().best;
  EXPECT_EQ(best.value, 75);
  EXPECT_EQ(best.checkpoint, "") << "it was the first one";
}

TEST_F(CheckpointHookTest, CountsWhatTheTrainLoopCounts) {
  const auto by_iterations = [](RunnerOptions& run) {
    run.train_cfg = use<IterBasedTrainLoop>({.max_iters = 12, .validation = {.val_interval = 5}});
  };
  const Plan plan = plan_of("accuracy", {50, 75, 25});
  make({.interval = std::nullopt, .save_best = "accuracy"}, 0, plan, by_iterations).runner->train();
  EXPECT_THAT(files(), ElementsAre("best_accuracy_iter_10.pth", "iter_10.pth", "iter_12.pth", "iter_5.pth"));
  work_ = "other";
  make({.interval = std::nullopt, .by_epoch = true}, 0, plan, by_iterations).runner->train();
  EXPECT_THAT(files("other"), ElementsAre("epoch_1.pth"));
  work_ = "third";
  make({.interval = std::nullopt}, 2).runner->train();
  EXPECT_THAT(files("third"), ElementsAre("epoch_1.pth", "epoch_2.pth"));
}

TEST(CheckpointHook, RefusesATemplateWithoutAPlaceForTheNumber) {
  EXPECT_THAT([] { CheckpointHook({.filename_tmpl = "net.pth"}); },
              ThrowsMessage<Error>("CheckpointHook.filename_tmpl needs {} for the number, got 'net.pth'"));
}

TEST(CheckpointHook, RefusesNamesOfMetricsThatDoNotGoTogether) {
  EXPECT_THAT(
      [] {
        CheckpointHook({.save_best = MetricNames{"auto", "loss"}});
      },
      ThrowsMessage<Error>("CheckpointHook.save_best: 'auto' must be the only entry, got a list with it"));
  EXPECT_THAT(
      [] {
        CheckpointHook({.save_best = MetricNames{"loss", "loss"}});
      },
      ThrowsMessage<Error>("CheckpointHook.save_best names 'loss' twice"));
}

TEST(CheckpointHook, RefusesRulesThatThereAreNotOrThatDoNotFit) {
  EXPECT_THAT(
      [] { CheckpointHook({.save_best = "loss", .rule = "lesser"}); },
      ThrowsMessage<Error>("CheckpointHook.rule must be 'greater' or 'less', got 'lesser'; did you mean 'less'?"));
  EXPECT_THAT(
      [] {
        CheckpointHook({.save_best = MetricNames{"a", "b", "c"}, .rule = MetricNames{"less", "less"}});
      },
      ThrowsMessage<Error>("CheckpointHook.rule has 2 entries for 3 metrics of save_best"));
}

TEST(CheckpointHook, RefusesANameThatDoesNotTellTheRule) {
  EXPECT_THAT([] { CheckpointHook({.save_best = "figure"}); },
              ThrowsMessage<Error>("CheckpointHook.save_best: the name 'figure' does not tell whether more is better\n"
                                   "  help: rule='greater' or rule='less'"));
}

TEST_F(CheckpointHookTest, RefusesAFirstMetricWhoseNameDoesNotTellTheRule) {
  EXPECT_THAT(
      [&] { files_of({.save_best = "auto"}, 1, plan_of("figure", {1})); },
      ThrowsMessage<Error>("CheckpointHook.save_best='auto' takes the first metric, and the name 'figure' does "
                           "not tell whether more is better\n  in after_val_epoch of CheckpointHook\n  saved up "
                           "to iteration 6 in " +
                           (folder_ / "work/epoch_1.pth") + "\n  help: rule='greater' or rule='less'"));
}

TEST_F(CheckpointHookTest, RefusesAMetricThatTheValidationDoesNotGive) {
  EXPECT_THAT([&] { files_of({.save_best = "acuracy", .rule = "greater"}, 1, plan_of("accuracy", {1})); },
              ThrowsMessage<Error>("CheckpointHook.save_best: there is no metric 'acuracy'; did you mean 'accuracy'?\n"
                                   "  metrics: accuracy\n  in after_val_epoch of CheckpointHook\n  saved up to "
                                   "iteration 6 in " +
                                   (folder_ / "work/epoch_1.pth")));
}

}  // namespace
}  // namespace millrace
