#include "millrace/dist/thread_ranks.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <stdexcept>

#include "millrace/base/error.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// What `body` gives on each rank.
template <class T>
std::vector<T> on_ranks(int size, const std::function<T(Ranks&)>& body) {
  std::vector<T> results(static_cast<size_t>(size));
  run_in_threads(size, [&](Ranks& ranks) { results[static_cast<size_t>(ranks.rank())] = body(ranks); });
  return results;
}

TEST(ThreadRanks, KnowTheirNumbers) {
  const auto texts = on_ranks<std::string>(3, [](Ranks& ranks) {
    return std::to_string(ranks.rank()) + " of " + std::to_string(ranks.size()) + ", " +
           std::to_string(ranks.local_rank()) + (ranks.is_main() ? " main" : "");
  });
  EXPECT_THAT(texts, ElementsAre("0 of 3, 0 main", "1 of 3, 1", "2 of 3, 2"));
}

TEST(ThreadRanks, ReduceInPlace) {
  const auto reduced = [](Ranks::Reduce reduce) {
    return on_ranks<at::Tensor>(3, [&](Ranks& ranks) {
      const double rank = ranks.rank();
      const at::Tensor values = at::tensor({rank, 10 - rank});
      ranks.all_reduce_(values, reduce);
      return values;
    });
  };
  EXPECT_THAT(reduced(Ranks::Reduce::sum), Each(AllClose(at::tensor({3.0, 27.0}))));
  EXPECT_THAT(reduced(Ranks::Reduce::min), Each(AllClose(at::tensor({0.0, 8.0}))));
  EXPECT_THAT(reduced(Ranks::Reduce::max), Each(AllClose(at::tensor({2.0, 10.0}))));
}

TEST(ThreadRanks, SumInTheOrderOfTheRanksWhoeverComesFirst) {
  // 1e8 + 1 - 1e8 is 0 in float32 in this order, and 1 in another.
  const at::Tensor own = at::tensor({1e8F, 1.0F, -1e8F});
  for (int run = 0; run < 20; ++run) {
    const auto sums = on_ranks<float>(3, [&](Ranks& ranks) {
      const at::Tensor sum = own[ranks.rank()].clone();
      ranks.all_reduce_(sum, Ranks::Reduce::sum);
      return sum.item<float>();
    });
    EXPECT_THAT(sums, Each(0.0F));
  }
}

TEST(ThreadRanks, GatherTensorsOfAnyShape) {
  const auto gathered = on_ranks<std::vector<at::Tensor>>(3, [](Ranks& ranks) {
    auto all = ranks.all_gather(at::full({ranks.rank()}, ranks.rank()));
    all[2].add_(100 * ranks.rank());  // it is the caller's own
    return all;
  });
  for (int rank = 0; rank < 3; ++rank) {
    const auto& all = gathered[static_cast<size_t>(rank)];
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].numel(), 0);
    EXPECT_THAT(all[1], AllClose(at::full({1}, 1)));
    EXPECT_THAT(all[2], AllClose(at::full({2}, 2 + 100 * rank)));
  }
}

TEST(ThreadRanks, GatherStates) {
  const auto gathered = on_ranks<std::vector<State>>(2, [](Ranks& ranks) {
    return ranks.all_gather(ranks.is_main() ? State() : State::dict({{"sum", at::full({2}, 7.0)}, {"n", 3}}));
  });
  for (const auto& all : gathered) {
    ASSERT_EQ(all.size(), 2U);
    EXPECT_TRUE(all[0].is_none());
    EXPECT_THAT(all[1].at("sum").tensor(), AllClose(at::full({2}, 7.0)));
    EXPECT_EQ(all[1].at("n").integer(), 3);
  }
}

TEST(ThreadRanks, BroadcastFromAnyRank) {
  const auto texts = on_ranks<std::string>(3, [](Ranks& ranks) {
    const at::Tensor value = at::full({1}, ranks.rank());
    ranks.broadcast_(value, 2);
    return ranks.broadcast(State(std::to_string(ranks.rank())), 1).string() + " " +
           std::to_string(value.item<int64_t>());
  });
  EXPECT_THAT(texts, Each("1 2"));
}

TEST(ThreadRanks, AgreeOnTheGreatest) {
  EXPECT_THAT(on_ranks<int>(3, [](Ranks& ranks) { return ranks.agree(ranks.rank() == 1 ? 15 : 0); }), Each(15));
  EXPECT_THAT(on_ranks<int>(2, [](Ranks& ranks) { return ranks.agree(-5 - ranks.rank()); }), Each(-5));
}

TEST(ThreadRanks, WaitAtABarrier) {
  std::atomic<int> before{0};
  const auto seen = on_ranks<int>(3, [&](Ranks& ranks) {
    ++before;
    ranks.barrier();
    return before.load();
  });
  EXPECT_THAT(seen, Each(3));
}

TEST(ThreadRanks, AFailureOfOneIsAnErrorOfTheOthersThatNamesIt) {
  std::vector<std::string> heard(3);
  const auto run = [&](const std::function<void()>& fail) {
    run_in_threads(3, [&](Ranks& ranks) {
      ranks.barrier();
      if (ranks.rank() == 1) fail();
      try {
        ranks.agree(0);
      } catch (const Error& error) {
        heard[static_cast<size_t>(ranks.rank())] = error.what();
        throw;
      }
    });
  };
  EXPECT_THAT([&] { run([] { throw Error("no space left").note("in a note"); }); },
              ThrowsMessage<Error>("no space left\n  in a note\n  on rank 1 of 3"));
  EXPECT_THAT(heard, ElementsAre("rank 0 of 3: agree waits for rank 1, which failed: no space left", "",
                                 "rank 2 of 3: agree waits for rank 1, which failed: no space left"));
  EXPECT_THAT([&] { run([] { throw std::runtime_error("bad\nstack"); }); },
              ThrowsMessage<std::runtime_error>("bad\nstack"));
  EXPECT_EQ(heard[2], "rank 2 of 3: agree waits for rank 1, which failed: bad");
}

TEST(ThreadRanks, ARankThatHasEndedIsNotWaitedFor) {
  EXPECT_THAT(
      [] {
        run_in_threads(2, [](Ranks& ranks) {
          if (ranks.is_main()) ranks.barrier();
        });
      },
      ThrowsMessage<Error>("rank 0 of 2: barrier waits for rank 1, which has ended\n  on rank 0 of 2"));
}

TEST(ThreadRanks, AnErrorThatIsCaughtLeavesTheNextCallAsItWas) {
  std::string second;
  run_in_threads(2, [&](Ranks& ranks) {
    if (!ranks.is_main()) return;
    EXPECT_THROW(ranks.barrier(), Error);
    try {
      ranks.barrier();
    } catch (const Error& error) {
      second = error.what();
    }
  });
  EXPECT_EQ(second, "rank 0 of 2: barrier waits for rank 1, which has ended");
}

TEST(ThreadRanks, RefuseCallsThatDoNotMatch) {
  std::string refused;
  EXPECT_THROW(run_in_threads(2,
                              [&](Ranks& ranks) {
                                try {
                                  if (ranks.is_main()) ranks.barrier();
                                  else ranks.agree(1);
                                } catch (const Error& error) {
                                  const std::string text = error.what();
                                  if (text.find("waits for") == std::string::npos) refused = text;
                                  throw;
                                }
                              }),
               Error);
  const std::string rule = ": all ranks must make the same calls";
  EXPECT_THAT(refused, testing::AnyOf("rank 1 of 2: calls agree, while rank 0 is in barrier" + rule,
                                      "rank 0 of 2: calls barrier, while rank 1 is in agree" + rule));
}

TEST(ThreadRanks, RefuseTensorsThatDifferInShape) {
  EXPECT_THAT(
      [] {
        run_in_threads(2, [](Ranks& ranks) {
          ranks.all_reduce_(at::full({2, 1 + ranks.rank()}, 1.0), Ranks::Reduce::sum);
        });
      },
      ThrowsMessage<Error>(HasSubstr("all_reduce got Float (2, 1), rank 1 has Float (2, 2)")));
}

TEST(ThreadRanks, NeedARank) {
  EXPECT_THAT([] { run_in_threads(0, [](Ranks&) {}); },
              ThrowsMessage<Error>("run_in_threads needs at least 1 rank, got 0"));
}

TEST(SingleRank, GivesBackWhatItWasGiven) {
  SingleRank ranks;
  EXPECT_TRUE(ranks.is_main());
  const at::Tensor values = at::tensor({1.0, 2.0});
  ranks.all_reduce_(values, Ranks::Reduce::sum);
  EXPECT_THAT(values, AllClose(at::tensor({1.0, 2.0})));
  EXPECT_TRUE(ranks.all_gather(values)[0].is_same(values));
  EXPECT_EQ(ranks.all_gather(State(3))[0].integer(), 3);
  EXPECT_EQ(ranks.broadcast(State("name"), 0).string(), "name");
  EXPECT_EQ(ranks.agree(-1), -1);
}

}  // namespace
}  // namespace millrace
