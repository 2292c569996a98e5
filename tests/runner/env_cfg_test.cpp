#include "millrace/runner/env_cfg.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "millrace/base/at_end.h"
#include "millrace/config/config.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/run_config.h"

namespace millrace {
namespace {

using testing::Contains;
using testing::HasSubstr;

RunnerOptions with(const std::string& lines, RunSurroundings& surroundings) {
  const std::string text = R"(
model = dict(type='StandInModel')
train_dataloader = dict(batch_size=2, dataset=dict(type='StandInDataset', length=6))
train_cfg = dict(by_epoch=False, max_iters=3)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.5))
)" + lines;
  return bind_run_config(Config::from_string(text, Config::Format::python, "env.py"), surroundings);
}

/// Puts back what belongs to the process.
class EnvCfgOfTheCommand : public testing::Test {
 protected:
  EnvCfgOfTheCommand() { getrlimit(RLIMIT_NOFILE, &before_); }
  ~EnvCfgOfTheCommand() override {
    setrlimit(RLIMIT_NOFILE, &before_);
    at::set_num_threads(threads_);
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setDeterministicCuDNN(false);
    at::globalContext().setDeterministicAlgorithms(false, false);
  }
  static rlim_t soft_limit() {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    return limit.rlim_cur;
  }

  rlimit before_{};
  int threads_ = at::get_num_threads();
};

TEST_F(EnvCfgOfTheCommand, RaisesTheLimitOfOpenFilesAndNeverLowersIt) {
  rlimit low = before_;
  low.rlim_cur = std::min<rlim_t>(256, before_.rlim_max);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
  RunSurroundings surroundings;
  configure_process_for(with("env_cfg = dict(resource_limit=300)", surroundings));
  EXPECT_EQ(soft_limit(), std::min<rlim_t>(300, before_.rlim_max));
  configure_process_for(with("env_cfg = dict(resource_limit=200)", surroundings));
  EXPECT_EQ(soft_limit(), std::min<rlim_t>(300, before_.rlim_max));
}

TEST_F(EnvCfgOfTheCommand, LetsCuDNNTryItsKernelsUnlessTheRunIsDeterministic) {
  RunSurroundings surroundings;
  configure_process_for(with("env_cfg = dict(cudnn_benchmark=True)", surroundings));
  EXPECT_TRUE(at::globalContext().benchmarkCuDNN());
  EXPECT_FALSE(at::globalContext().deterministicCuDNN());
  EXPECT_THAT(surroundings.notices, testing::Not(Contains(HasSubstr("cudnn_benchmark"))));
  configure_process_for(
      with("env_cfg = dict(cudnn_benchmark=True)\nrandomness = dict(deterministic=True)", surroundings));
  EXPECT_FALSE(at::globalContext().benchmarkCuDNN());
  EXPECT_TRUE(at::globalContext().deterministicCuDNN());
  EXPECT_THAT(surroundings.notices, Contains(HasSubstr("env_cfg.cudnn_benchmark has no effect: a deterministic run")));
}

}  // namespace
}  // namespace millrace
