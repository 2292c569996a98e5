#include "millrace/tensor/shared_machine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ATen/ops/arange.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/sum.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "millrace/base/cpu_count.h"
#include "millrace/tensor/short_waits.h"

namespace millrace {
namespace {

using testing::HasSubstr;

/// A machine on which time passes by half a second a look; the others use `others` processors.
struct Machine {
  std::atomic<double> others = 0;
  std::atomic<int> looks = 0;

  SharedMachine::Load load() {
    return [this, at = 0.0, all = 0.0]() mutable -> std::optional<CpuLoad> {
      at += 0.5;
      all += 0.5 * (others + 2);
      ++looks;
      return CpuLoad{.at_s = at, .all_s = all, .own_s = 2 * at};
    };
  }
  void wait_for_looks(int more) const {
    const int until = looks + more;
    while (looks < until) std::this_thread::yield();
  }
};

constexpr std::chrono::milliseconds kAtOnce(1);

TEST(SharedMachine, SaysNothingOfAQuietMachine) {
  Machine machine;
  SharedMachine shared(machine.load(), kAtOnce);
  shared.start(usable_cpus());
  machine.wait_for_looks(50);
  shared.stop();
  EXPECT_EQ(shared.take_news(), "");
  EXPECT_FALSE(shared.neighbours());
}

TEST(SharedMachine, TellsOnceOfANeighbourThatStays) {
  Machine machine;
  machine.others = 1;
  SharedMachine shared(machine.load(), kAtOnce);
  shared.start(usable_cpus());
  machine.wait_for_looks(50);
  shared.stop();
  EXPECT_THAT(shared.take_news(), HasSubstr("Other processes use 1.0 of the " + std::to_string(usable_cpus())));
  EXPECT_EQ(shared.take_news(), "");
  EXPECT_DOUBLE_EQ(shared.neighbours().value().processors, 1);
  EXPECT_GE(shared.neighbours().value().seconds, 10);
}

TEST(SharedMachine, KeepsSilentAboutAShortVisit) {
  Machine machine;
  machine.others = 1;
  SharedMachine shared(
      [load = machine.load(), &machine]() mutable {
        if (machine.looks == 5) machine.others = 0;
        return load();
      },
      kAtOnce);
  shared.start(usable_cpus());
  machine.wait_for_looks(50);
  shared.stop();
  EXPECT_EQ(shared.take_news(), "");
  EXPECT_TRUE(shared.neighbours()) << "it counts all the same";
}

TEST(SharedMachine, WatchesNothingWhereTheLoadIsNotKnown) {
  SharedMachine shared([] { return std::nullopt; }, kAtOnce);
  shared.start(2);
  shared.stop();
  EXPECT_FALSE(shared.neighbours());
}

TEST(ShortWaits, ChangeNoBits) {
  const auto sum = [] { return at::sin(at::arange(1 << 20, at::kFloat)).sum().item<float>(); };
  const float before = sum();
  float within = 0;
  {
    const ShortWaits short_waits(usable_cpus());
    within = sum();
  }
  EXPECT_EQ(within, before);
  EXPECT_EQ(sum(), before);
}

}  // namespace
}  // namespace millrace
