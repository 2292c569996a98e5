#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/registry/component.h"

namespace millrace {
namespace {

using testing::ThrowsMessage;

class Vehicle {
 public:
  static constexpr const char* kKind = "TestVehicle";
  using Registry = millrace::Registry<Vehicle>;
  virtual ~Vehicle() = default;
};

struct Span {
  int64_t begin = 0, end = 9;
  template <class F>
  static void describe(F& f) {
    f("begin", &Span::begin, "").at_least(0);
    f("end", &Span::end, "");
  }
  static void check(const Span& span, Complaints& complaints) {
    if (span.end <= span.begin)
      complaints.add("end", "end must be above begin, got begin " + std::to_string(span.begin) + " and end " +
                                std::to_string(span.end));
  }
};

class Train final : public Vehicle {
 public:
  struct Options {
    double length = 100, platform = 200;
    std::optional<int64_t> seats, beds;
    Span hours{};
    std::vector<Span> stops{};
    Component<Vehicle> engine{};
    template <class F>
    static void describe(F& f) {
      f("length", &Options::length, "").above(0).alias("metres");
      f("platform", &Options::platform, "").above(0);
      f("seats", &Options::seats, "");
      f("beds", &Options::beds, "");
      f.flatten(&Options::hours);
      f("stops", &Options::stops, "");
      f("engine", &Options::engine, "");
    }
  };
  static void check(const Options& o, Complaints& complaints) {
    if (o.length > o.platform)
      complaints.add("length", "the train is longer than its platform").help("platform=" + std::to_string(300));
    if (o.seats && o.beds) complaints.add("a " + complaints.owner() + " has seats or beds, not both");
  }
  explicit Train(Options options) : options_(checked<Train>(std::move(options))) {}

 private:
  Options options_;
};
MILLRACE_REGISTER(Vehicle, Train);

/// The same Options with one rule more.
class NightTrain final : public Vehicle {
 public:
  using Options = Train::Options;
  static void check(const Options& o, Complaints& complaints) {
    Train::check(o, complaints);
    if (!o.beds) complaints.add("a NightTrain needs beds");
  }
  explicit NightTrain(const Options& options) { checked<NightTrain>(options); }
};
MILLRACE_REGISTER(Vehicle, NightTrain);

/// One key a line, from line 2 on.
Value vehicle(const std::string& type, std::vector<std::pair<std::string, Value>> entries) {
  Value dict = Value::dict();
  entries.insert(entries.begin(), {"type", Value(type)});
  int line = 1;
  for (auto& [key, value] : entries) {
    value.set_place(Place("v.py").at(++line, 8));
    dict.as_dict().set(std::move(Value(key).set_place(Place("v.py").at(line, 1))), value);
  }
  return std::move(dict.set_place(Place("v.py").at(1, 1)));
}

std::string mistakes_in(const Value& config, bool fragment = false) {
  Binder binder;
  binder.set_fragment(fragment);
  bind_component(Vehicle::kKind, config, binder);
  std::string text;
  for (const Error& error : binder.mistakes().all()) text += std::string(error.what()) + "\n";
  return text;
}

TEST(Check, PointsAtTheLineOfTheKey) {
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"platform", 50}, {"length", 80}})),
            "v.py:4:8: the train is longer than its platform\n  help: platform=300\n");
}

TEST(Check, PointsAtTheLineOfAnotherSpellingOfTheKey) {
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"metres", 300}})),
            "v.py:3:8: the train is longer than its platform\n  help: platform=300\n");
}

TEST(Check, PointsAtTheComponentWhereTheKeyIsNotGiven) {
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"platform", 50}})),
            "v.py:1:1: the train is longer than its platform\n  help: platform=300\n");
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"seats", 1}, {"beds", 1}})),
            "v.py:1:1: a Train has seats or beds, not both\n");
}

TEST(Check, TellsAllThatIsBroken) {
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"length", 300}, {"seats", 1}, {"beds", 1}, {"begin", 9}})),
            "v.py:1:1: end must be above begin, got begin 9 and end 9\n"
            "v.py:3:8: the train is longer than its platform\n  help: platform=300\n"
            "v.py:1:1: a Train has seats or beds, not both\n");
}

TEST(Check, SaysTheSameInCpp) {
  EXPECT_THAT([] { Train({.length = 300, .seats = 1, .beds = 1, .hours = {.begin = 9}}); },
              ThrowsMessage<Error>("end must be above begin, got begin 9 and end 9\n"
                                   "the train is longer than its platform\n  help: platform=300\n"
                                   "a Train has seats or beds, not both"));
  EXPECT_THAT([] { NightTrain({.seats = 1}); }, ThrowsMessage<Error>("a NightTrain needs beds"));
}

TEST(Check, OfASharedOptionsKnowsItsOwner) {
  EXPECT_EQ(mistakes_in(vehicle("NightTrain", {{"seats", 1}, {"beds", 1}})),
            "v.py:1:1: a NightTrain has seats or beds, not both\n");
  EXPECT_EQ(mistakes_in(vehicle("NightTrain", {})), "v.py:1:1: a NightTrain needs beds\n");
}

TEST(Check, WaitsUntilEveryFieldIsRight) {
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"length", 300}, {"platform", 0}})),
            "v.py:4:8: Train.platform must be above 0, got 0.0\n");
  EXPECT_THAT([] { Train({.length = 300, .platform = 0}); }, ThrowsMessage<Error>("platform must be above 0, got 0.0"));
}

TEST(Check, OfAFragmentIsLeftToTheWhole) { EXPECT_EQ(mistakes_in(vehicle("Train", {{"length", 300}}), true), ""); }

TEST(Check, ReachesOptionsBelow) {
  Value stop = Value::dict();
  stop.as_dict().set("begin", 10);
  EXPECT_EQ(mistakes_in(vehicle("Train", {{"stops", Value::list({stop.set_place(Place("v.py").at(7, 7))})}})),
            "v.py:7:7: end must be above begin, got begin 10 and end 9\n");
  EXPECT_THAT(
      [] {
        Train({.stops = {{}, {.begin = 10}}});
      },
      ThrowsMessage<Error>("stops.1: end must be above begin, got begin 10 and end 9"));
  EXPECT_THAT([] { Train({.engine = use<NightTrain>({.seats = 1})}); },
              ThrowsMessage<Error>("engine: a NightTrain needs beds"));
}

TEST(Check, CountsAnAbsentComponentAsGiven) {
  Binder binder;
  const BoundComponent bound =
      bind_component(Vehicle::kKind, vehicle("Train", {{"engine", vehicle("Zeppelin", {})}}), binder);
  ASSERT_TRUE(binder.ok());
  EXPECT_FALSE(static_cast<const Train::Options*>(bound.options.get())->engine.empty());
  EXPECT_EQ(binder.absent().at(0).name, "Zeppelin");
}

}  // namespace
}  // namespace millrace
