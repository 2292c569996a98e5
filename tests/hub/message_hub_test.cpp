#include "millrace/hub/message_hub.h"

#include <ATen/ops/ones.h>
#include <ATen/ops/scalar_tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"

namespace millrace {
namespace {
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::ThrowsMessage;

std::vector<std::string> hub_scalar_names(const MessageHub& hub) {
  std::vector<std::string> names;
  for (const ScalarId id : hub.scalars()) names.push_back(hub.name(id));
  return names;
}

std::vector<std::string> hub_info_names(const MessageHub& hub) {
  std::vector<std::string> names;
  for (const InfoId id : hub.infos()) names.push_back(hub.name(id));
  return names;
}

TEST(MessageHub, ShowsScalarsInTheOrderOfTheirFirstUpdate) {
  MessageHub hub;
  const ScalarId time = hub.scalar("train/time");
  const ScalarId loss = hub.scalar("train/loss");
  EXPECT_THAT(hub.scalars(), IsEmpty());
  hub.update("train/lr", 0.1);
  hub.update(loss, 1.5);
  hub.update(time, 0.01);
  hub.update(loss, 0.5);
  EXPECT_THAT(hub_scalar_names(hub), ElementsAre("train/lr", "train/loss", "train/time"));
  EXPECT_EQ(hub.history("train/loss").mean(), 1);
}

TEST(MessageHub, GivesOneNameOneSlot) {
  MessageHub hub;
  const ScalarId id = hub.scalar("train/loss");
  EXPECT_EQ(hub.scalar("train/loss"), id);
  EXPECT_EQ(hub.find_scalar("train/loss"), std::nullopt);
  hub.update("train/loss", 2);
  EXPECT_EQ(hub.find_scalar("train/loss"), id);
  EXPECT_EQ(hub.history(id).current().value, 2);
}

TEST(MessageHub, HistoriesStayInPlaceWhenNamesAreAdded) {
  MessageHub hub;
  hub.update("first", 1);
  const HistoryBuffer& first = hub.history("first");
  for (int i = 0; i < 1000; ++i) hub.update("scalar" + std::to_string(i), i);
  EXPECT_EQ(first.current().value, 1);
}

TEST(MessageHub, NamesTheNearestScalar) {
  MessageHub hub;
  hub.update("train/loss", 1);
  hub.update("train/lr", 1);
  EXPECT_THAT([&] { hub.history("train/los"); },
              ThrowsMessage<Error>("no scalar 'train/los' was published; did you mean 'train/loss'?\n"
                                   "  scalars: train/loss, train/lr"));
}

TEST(MessageHub, FetchesWhatWaitsInAllHistories) {
  MessageHub hub;
  hub.update("a", at::scalar_tensor(1.5, at::kFloat));
  hub.update("b", at::ones({1}, at::kLong));
  hub.fetch();
  EXPECT_EQ(hub.history("a").current().value, 1.5);
  EXPECT_TRUE(hub.history("b").is_integer());
}

TEST(MessageHub, TakesStatisticsOfTheUser) {
  MessageHub hub;
  hub.update("train/loss", 1);
  hub.update("train/loss", 5);
  hub.add_statistic("spread", [](const HistoryBuffer& history, const HistoryBuffer::Arguments&) -> Number {
    return history.max().value - history.min().value;
  });
  const ScalarId id = *hub.find_scalar("train/loss");
  EXPECT_EQ(hub.statistic(id, "spread").value, 4);
  EXPECT_EQ(hub.statistic(id, "max").value, 5);
  EXPECT_THAT([&] { hub.add_statistic("max", {}); }, ThrowsMessage<Error>("there is a statistic 'max' already"));
  EXPECT_THAT([&] { hub.statistic(id, "spred"); }, ThrowsMessage<Error>(HasSubstr("did you mean 'spread'?")));
}

TEST(MessageHub, KeepsTheLatestInformation) {
  MessageHub hub;
  const InfoId iter = hub.info("iter");
  EXPECT_EQ(hub.find_info(iter), nullptr);
  hub.update_info("stage", "train");
  hub.update_info(iter, 4);
  hub.update_info(iter, 5);
  EXPECT_EQ(hub.find_info("iter")->integer(), 5);
  EXPECT_THAT(hub_info_names(hub), ElementsAre("stage", "iter"));
}

TEST(MessageHub, TakesInformationOut) {
  MessageHub hub;
  hub.update_info("stage", "train");
  hub.update_info("iter", 1);
  EXPECT_EQ(hub.pop_info("stage").string(), "train");
  EXPECT_TRUE(hub.pop_info("stage").is_none());
  EXPECT_TRUE(hub.pop_info("never").is_none());
  hub.update_info("stage", "val");
  EXPECT_THAT(hub_info_names(hub), ElementsAre("iter", "stage"));
}

TEST(MessageHub, KeepsWhetherANameIsResumed) {
  MessageHub hub;
  hub.scalar("train/eta", Resumed::no);
  hub.update("train/eta", 3);  // goes on as it was named
  EXPECT_THAT([&] { hub.scalar("train/eta"); },
              ThrowsMessage<Error>(HasSubstr("'train/eta' was first published as not resumed, and is now as resumed")));
  hub.update_info("cfg", "text");
  EXPECT_THROW(hub.info("cfg", Resumed::no), Error);
}

TEST(MessageHub, SavesWhatIsResumed) {
  MessageHub hub;
  hub.update("train/loss", 1.5);
  hub.update(hub.scalar("train/tmp", Resumed::no), 1);
  hub.update_info("best_score", 91.2);
  hub.update_info(hub.info("cfg", Resumed::no), "text");
  const State state = hub.state_dict();
  EXPECT_NE(state.at("log_scalars").find("train/loss"), nullptr);
  EXPECT_EQ(state.at("log_scalars").find("train/tmp"), nullptr);
  EXPECT_EQ(state.at("runtime_info").at("best_score").number(), 91.2);
  EXPECT_EQ(state.at("runtime_info").find("cfg"), nullptr);
  EXPECT_TRUE(
      state.at("resumed_keys")
          .equals(State::dict({{"train/loss", true}, {"train/tmp", false}, {"best_score", true}, {"cfg", false}})));
}

TEST(MessageHub, GoesOnFromItsStateAsIfNeverStopped) {
  MessageHub whole, first, second;
  const auto publish = [](MessageHub& hub, int from, int to) {
    for (int i = from; i < to; ++i) {
      hub.update("train/loss", 1.0 / (i + 3));
      hub.update("train/count", i);
      hub.update_info("iter", i);
    }
  };
  publish(whole, 0, 40);
  publish(first, 0, 17);
  second.scalar("train/count");  // hooks of the new run have named theirs already
  EXPECT_THAT(second.load_state_dict(first.state_dict()), IsEmpty());
  publish(second, 17, 40);
  EXPECT_TRUE(second.state_dict().equals(whole.state_dict()));
  EXPECT_EQ(hub_scalar_names(second), hub_scalar_names(whole));
}

TEST(MessageHub, MergesAState) {
  MessageHub hub, other;
  hub.update("train/lr", 0.5);
  hub.update_info("seed", 1);
  other.update("train/lr", 0.25);
  other.update_info("best_score", 3);
  hub.load_state_dict(other.state_dict());
  EXPECT_EQ(hub.history("train/lr").size(), 1);
  EXPECT_EQ(hub.history("train/lr").current().value, 0.25);
  EXPECT_THAT(hub_info_names(hub), ElementsAre("seed", "best_score"));
}

TEST(MessageHub, LeavesOutWhatItCannotUseAndSaysSo) {
  const State record(State::Record{"numpy.core.multiarray.scalar", State::tuple(), {}, {}});
  const State state = State::dict({{"log_scalars", State::dict({{"train/loss", 3}})},
                                   {"runtime_info", State::dict({{"best", State::list({record})}, {"iter", 3}})}});
  MessageHub hub;
  EXPECT_THAT(hub.load_state_dict(state),
              ElementsAre("the history 'train/loss' is left out: int is not a history",
                          "the runtime information 'best' is left out: list cannot be kept"));
  EXPECT_THAT(hub.scalars(), IsEmpty());
  EXPECT_THAT(hub_info_names(hub), ElementsAre("iter"));
  EXPECT_THAT([&] { hub.load_state_dict(State(3)); },
              ThrowsMessage<Error>("the state of a message hub must be a dict, got int"));
}

}  // namespace
}  // namespace millrace
