// Checkpoints that an earlier version wrote are gone on with: see resumed_runs/README.md.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/cli/engine.h"
#include "millrace/config/config.h"
#include "millrace/config/overrides.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/process.h"
#include "tests/support/all_close.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/small_images.h"

namespace millrace {
namespace {

namespace fs = std::filesystem;

const fs::path kRuns = source_path("/tests/runner/resumed_runs");

/// The runs were made with one thread.
class OneThread {
 public:
  OneThread() : before_(operator_threads()) { configure_process({.threads = 1}); }
  ~OneThread() { configure_process({.threads = before_}); }

 private:
  int before_;
};

void expect_close(const State& given, const State& expected, const Tolerance& tolerance, const std::string& path) {
  SCOPED_TRACE(path);
  if (expected.is_tensor()) {
    ASSERT_TRUE(given.is_tensor());
    EXPECT_THAT(given.tensor(), AllClose(expected.tensor(), tolerance));
  } else if (expected.kind() == State::Kind::number) {
    EXPECT_NEAR(given.number(), expected.number(), tolerance.atol + tolerance.rtol * std::abs(expected.number()));
  } else if (expected.is_dict()) {
    ASSERT_TRUE(given.is_dict());
    for (size_t i = 0; i < expected.entries().size(); ++i) {  // a later version may note more
      const auto& [key, value] = expected.entries()[i];
      const std::string name = key.is_string() ? key.string() : std::to_string(i);
      const auto same = std::find_if(given.entries().begin(), given.entries().end(),
                                     [&](const State::Item& item) { return item.key.equals(key); });
      ASSERT_NE(same, given.entries().end()) << "there is no " << name;
      expect_close(same->value, value, tolerance, name);
    }
  } else if (expected.is_sequence()) {
    ASSERT_EQ(given.items().size(), expected.items().size());
    for (size_t i = 0; i < expected.items().size(); ++i)
      expect_close(given.items()[i], expected.items()[i], tolerance, std::to_string(i));
  } else {
    EXPECT_TRUE(given.equals(expected));
  }
}

/// What was published, without what a clock measured.
State scalars_of(const State& checkpoint) {
  State scalars = State::dict();
  const State* own = checkpoint.at("millrace").find("log_scalars");  // older checkpoints have them in the hub
  for (const auto& [name, history] : (own ? *own : checkpoint.at("message_hub").at("log_scalars")).entries())
    if (!name.string().ends_with("time")) scalars[name.string()] = history;
  return scalars;
}

/// Without the folder, which is another one.
State result_of(const State& result) {
  State named = result;
  if (const State* path = named.find("checkpoint"); path->is_string())
    named["checkpoint"] = fs::path(path->string()).filename().string();
  return named;
}

/// Resumes a run from `first` and compares with `last`, which the unbroken one ended with as `final_name`.
void expect_same_end(const std::string& config_name, const std::string& first, const std::string& last,
                     const std::string& final_name) {
  engine();  // with the zoo
  const OneThread one_thread;
  const ScratchFolder folder;
  write_small_images(folder.path() / "data", 160, 40);
  Config config = Config::from_file((kRuns / config_name).string());
  const std::string data = folder / "data";
  apply_overrides(
      config, std::vector<std::string>{"train_dataloader.dataset.data_root=" + data,
                                       "val_dataloader.dataset.data_root=" + data, "work_dir=" + (folder / "work")});
  RunSurroundings surroundings;
  RunnerOptions options = bind_run_config(config, surroundings);
  options.resume = (kRuns / first).string();
  Runner runner(std::move(options), std::move(surroundings));
  runner.train();

  const State given = load_checkpoint_file(folder / "work/" + final_name);
  const State expected = load_checkpoint_file((kRuns / last).string());
  const State& own = expected.at("millrace");
  ASSERT_EQ(own.at("threads").integer(), 1);
  const bool same_bits = own.at("instruction_set").string() == instruction_set();
  const Tolerance tolerance = same_bits ? Tolerance{} : Tolerance{.rtol = 1e-2, .atol = 1e-4};
  for (const char* part : {"state_dict", "optimizer", "param_schedulers"})
    expect_close(given.at(part), expected.at(part), tolerance, part);
  expect_close(scalars_of(given), scalars_of(expected), tolerance, "scalars");
  for (const char* count : {"epoch", "iter", "seed"})
    EXPECT_EQ(given.at("meta").at(count).integer(), expected.at("meta").at(count).integer()) << count;
  EXPECT_TRUE(given.at("millrace").at("rng_state").equals(own.at("rng_state")));
  const State& results = own.at("hooks").at("SummaryHook");
  for (const char* which : {"best", "last"})
    expect_close(result_of(given.at("millrace").at("results").at(which)), result_of(results.at(which)), tolerance,
                 which);
}

TEST(ResumedRuns, GoOnInMidEpochWithinAGroupOfAccumulatedGradients) {
  expect_same_end("by_iter.py", "by_iter_7.pth", "by_iter_20.pth", "iter_20.pth");
}

TEST(ResumedRuns, GoOnBetweenTwoEpochsWithAValidationDue) {
  expect_same_end("by_epoch.py", "by_epoch_2.pth", "by_epoch_4.pth", "epoch_4.pth");
}

}  // namespace
}  // namespace millrace
