#include "millrace/optim/group_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <tuple>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// What the optimizers to come need: Adan's three betas, Rprop's pairs, Adafactor's eps, Muon's names.
struct ManyOptions {
  enum class Rate { original, match_rms_adamw };
  double lr = 0.1;
  std::array<double, 3> betas = {0.98, 0.92, 0.99};
  std::pair<double, double> etas = {0.5, 1.2};
  std::tuple<std::optional<double>, double> eps = {std::nullopt, 1e-3};
  int64_t ns_steps = 5;
  bool nesterov = true;
  Rate adjust_lr_fn = Rate::original;

  template <class Fields>
  static void describe(Fields& f) {
    f("lr", &ManyOptions::lr, "").at_least(0);
    f("betas", &ManyOptions::betas, "");
    f("etas", &ManyOptions::etas, "");
    f("eps", &ManyOptions::eps, "");
    f.ignore("foreach", "how it is computed");
    f.ignore("capturable", "of CUDA graphs", false);
    f("ns_steps", &ManyOptions::ns_steps, "").at_least(1);
    f("nesterov", &ManyOptions::nesterov, "");
    f("adjust_lr_fn", &ManyOptions::adjust_lr_fn, "");
  }
};

GroupSettings many() {
  static const Schema schema = Schema::of<ManyOptions>("Many");
  return {schema, std::make_shared<ManyOptions>()};
}

TEST(GroupSettings, NamesEveryNumberThatAScheduleMayMove) {
  EXPECT_THAT(many().names(), ElementsAre("lr", "momentum", "beta2", "beta3", "etas[0]", "etas[1]"));
}

TEST(GroupSettings, MovesTheTypedFieldsBySlot) {
  GroupSettings settings = many();
  settings.set(*settings.find("momentum"), 0.5);
  settings.set(*settings.find("etas[1]"), 1.5);
  EXPECT_EQ(settings.as<ManyOptions>().betas[0], 0.5);
  EXPECT_EQ(settings.as<ManyOptions>().etas.second, 1.5);
  settings.as<ManyOptions>().lr = 7;
  EXPECT_EQ(settings.get(0), 7);
  EXPECT_EQ(settings.find("nesterov"), std::nullopt);
}

TEST(GroupSettings, AreWrittenAsTorchWritesAGroup) {
  EXPECT_TRUE(many().by_key().equals(State::dict({{"lr", 0.1},
                                                  {"betas", State::list({0.98, 0.92, 0.99})},
                                                  {"etas", State::tuple({0.5, 1.2})},
                                                  {"eps", State::tuple({nullptr, 1e-3})},
                                                  {"foreach", nullptr},
                                                  {"capturable", false},
                                                  {"ns_steps", 5},
                                                  {"nesterov", true},
                                                  {"adjust_lr_fn", "original"}})));
}

TEST(GroupSettings, TakeEveryTypeOfFieldFromAFile) {
  GroupSettings settings = many();
  settings.assign(State::dict({{"betas", State::tuple({0.1, 0.2, 0.3})},
                               {"eps", State::list({1e-12, 0.01})},
                               {"nesterov", false},
                               {"ns_steps", 3},
                               {"adjust_lr_fn", "match_rms_adamw"}}));
  const ManyOptions& options = settings.as<ManyOptions>();
  EXPECT_THAT(options.betas, ElementsAre(0.1, 0.2, 0.3));
  EXPECT_EQ(std::get<0>(options.eps), 1e-12);
  EXPECT_FALSE(options.nesterov);
  EXPECT_EQ(options.ns_steps, 3);
  EXPECT_EQ(options.adjust_lr_fn, ManyOptions::Rate::match_rms_adamw);
  EXPECT_EQ(options.lr, 0.1);
}

TEST(GroupSettings, AreSetOneByOneUnderTheirFinestNames) {
  GroupSettings one = many(), other = many();
  one.set(*one.find("beta3"), 0.5);
  one.assign(State::dict({{"eps", State::tuple({nullptr, 0.5})}, {"nesterov", false}}));
  const State names = one.by_name();
  for (const auto& [name, value] : names.entries()) other.set_named(name.string(), value);
  EXPECT_TRUE(other.by_key().equals(one.by_key()));
}

TEST(GroupSettings, RefuseWhatTheOptionsRefuse) {
  GroupSettings settings = many();
  EXPECT_THAT(
      [&] {
        settings.assign(State::dict({{"ns_steps", 0}}));
      },
      ThrowsMessage<Error>(HasSubstr("Many.ns_steps must be at least 1, got 0")));
  EXPECT_THAT(
      [&] {
        settings.assign(State::dict({{"etas", 0.5}}));
      },
      ThrowsMessage<Error>(HasSubstr("Many.etas must be (float, float), got 0.5")));
}

TEST(GroupSettings, KeepNumbersBesideTheOptions) {
  GroupSettings settings = many();
  const auto slot = settings.add("initial_lr", 0.1);
  EXPECT_TRUE(settings.is_added(slot));
  EXPECT_EQ(settings.add("initial_lr", 0.7), slot);
  EXPECT_EQ(settings.get(slot), 0.1);
  EXPECT_EQ(settings.by_key().find("initial_lr"), nullptr);
}

}  // namespace
}  // namespace millrace
