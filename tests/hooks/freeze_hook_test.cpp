#include "millrace/hooks/freeze_hook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class NormNet final : public BaseModel {
 public:
  LossMap loss(Batch& batch) override {
    return {{"loss"_key,
             at::cross_entropy_loss(last_(norm_(first_(batch.tensor(keys::inputs)))), batch.tensor("gt_label"_key))}};
  }
  void predict(Batch&) override {}

 private:
  nn::Linear first_ = register_module("first", nn::Linear(4, 8));
  nn::BatchNorm1d norm_ = register_module("norm", nn::BatchNorm1d(8));
  nn::Linear last_ = register_module("last", nn::Linear(8, 2));
};

/// Trainings of 6 iterations an epoch.
class Frozen : public testing::Test {
 protected:
  /// The state of the network after each epoch, the initial one first.
  std::vector<State> states(const FreezeHook::Options& freeze, int64_t epochs = 2) {
    const auto net = std::make_shared<NormNet>();
    const ScratchFolder folder;
    HostedRun run(folder.path(), epochs, [&](RunnerOptions& options) {
      options.model = net;
      options.custom_hooks.push_back(use<FreezeHook>(freeze));
    });
    struct Watch final : Hook {
      explicit Watch(std::vector<State>& into) : into(into) {}
      void before_train(RunPoint& point) override { keep(point); }
      void after_train_epoch(RunPoint& point) override { keep(point); }
      void keep(RunPoint& point) { into.push_back(millrace::state_dict(point.runner.model().modules()).snapshot()); }
      std::vector<State>& into;
    };
    std::vector<State> seen;
    run.runner->add_hook(std::make_shared<Watch>(seen));
    run.runner->train();
    return seen;
  }
  static bool is_kept(const std::vector<State>& seen, const std::string& name, size_t epoch) {
    return seen[epoch].at(name).equals(seen[epoch - 1].at(name));
  }
};

TEST_F(Frozen, PartsDoNotMove) {
  const auto seen = states({.paths = std::vector<std::string>{"first", "last.bias"}});
  for (const size_t epoch : {1, 2}) {
    EXPECT_TRUE(is_kept(seen, "first.weight", epoch));
    EXPECT_TRUE(is_kept(seen, "last.bias", epoch));
    EXPECT_FALSE(is_kept(seen, "last.weight", epoch));
    EXPECT_FALSE(is_kept(seen, "norm.running_mean", epoch));
  }
}

TEST_F(Frozen, BatchNormsKeepTheirStatistics) {
  const auto seen = states({.paths = "norm"});
  for (const char* name : {"norm.weight", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"})
    EXPECT_TRUE(is_kept(seen, name, 1)) << name;
}

TEST_F(Frozen, BatchNormsMayGoOnCounting) {
  const auto seen = states({.paths = "norm", .batch_norm = false});
  EXPECT_TRUE(is_kept(seen, "norm.weight", 1));
  EXPECT_FALSE(is_kept(seen, "norm.running_mean", 1));
}

TEST_F(Frozen, UntilTheirEpoch) {
  const auto seen = states({.paths = std::vector<std::string>{"first", "norm"}, .until_epoch = 1});
  for (const char* name : {"first.weight", "norm.weight", "norm.running_mean"}) {
    EXPECT_TRUE(is_kept(seen, name, 1)) << name;
    EXPECT_FALSE(is_kept(seen, name, 2)) << name;
  }
}

TEST_F(Frozen, UntilTheirIteration) {
  EXPECT_TRUE(is_kept(states({.paths = "first", .until_iter = 6}), "first.weight", 1));
  EXPECT_FALSE(is_kept(states({.paths = "first", .until_iter = 5}), "first.weight", 1));
}

TEST_F(Frozen, PartsThatTheModelDoesNotHaveAreRefused) {
  EXPECT_THAT([&] { states({.paths = "frist"}); },
              ThrowsMessage<Error>(AllOf(HasSubstr("FreezeHook.paths: the model has no 'frist'; did you mean 'first'?"),
                                         HasSubstr("it has first, norm, last"))));
  EXPECT_THAT(
      [&] {
        states({.paths = std::vector<std::string>{"first", "norm", "last"}});
      },
      ThrowsMessage<Error>(HasSubstr("freezes every parameter of the model")));
  EXPECT_THAT([&] { FreezeHook({.paths = "first", .until_epoch = 1, .until_iter = 1}); },
              ThrowsMessage<Error>(HasSubstr("until_epoch and until_iter are both given")));
}

}  // namespace
}  // namespace millrace
