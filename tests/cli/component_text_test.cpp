#include "millrace/cli/component_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "millrace/base/error.h"
#include "millrace/registry/component.h"

namespace millrace {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

class Kettle {
 public:
  static constexpr const char* kKind = "ListedKettle";
  using Registry = millrace::Registry<Kettle>;
  virtual ~Kettle() = default;
};

class CopperKettle final : public Kettle {
 public:
  enum class Lid { none, brass };
  struct Options {
    Required<int> litres;
    double power = 1.5;
    Lid lid = Lid::brass;
    std::vector<int> spouts = {1, 2};
    template <class Fields>
    static void describe(Fields& f) {
      f("litres", &Options::litres, "how much goes in").at_least(1);
      f("power", &Options::power, "kW").within(0, 3).alias("watt");
      f("lid", &Options::lid, "on top");
      f("spouts", &Options::spouts, "");
      f.ignore("colour", "nobody looks");
    }
  };
  CopperKettle() = default;
  explicit CopperKettle(Options) {}
};
MILLRACE_REGISTER(Kettle, CopperKettle);

std::vector<const ComponentEntry*> kettles() { return entries_named("ListedKettle", ComponentTable::instance().all()); }

TEST(ComponentPage, ShowsEveryKeyWithTypeDefaultAndRange) {
  EXPECT_EQ(component_page(*kettles().front()),
            "CopperKettle: ListedKettle\n"
            "  key     type               default\n"
            "  litres  int                required  how much goes in; at least 1\n"
            "  power   float              1.5       kW; from 0 to 3; also watt\n"
            "  lid     'none' or 'brass'  'brass'   on top\n"
            "  spouts  list of int        [1, 2]\n"
            "  read and not used: colour\n");
}

TEST(ComponentJson, HasEveryKeyOnOneLine) {
  const std::string line = component_json(*kettles().front());
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  const auto object = nlohmann::json::parse(line);
  EXPECT_EQ(object["kind"], "ListedKettle");
  EXPECT_EQ(object["name"], "CopperKettle");
  EXPECT_EQ(object["keys"].size(), 5u);
  EXPECT_EQ(object["keys"][0],
            nlohmann::json::parse(R"({"key": "litres", "type": "int", "required": true, "range": "at least 1",
      "text": "how much goes in", "aliases": [], "ignored": false})"));
  EXPECT_EQ(object["keys"][1]["default"], 1.5);
  EXPECT_EQ(object["keys"][1]["aliases"], nlohmann::json::parse(R"(["watt"])"));
  EXPECT_EQ(object["keys"][3]["default"], nlohmann::json::parse("[1, 2]"));
}

TEST(ComponentNames, StandBelowTheirKind) {
  EXPECT_EQ(component_names(kettles(), 80), "ListedKettle\n  CopperKettle\n");
}

TEST(ComponentNames, AreWrapped) {
  std::vector<const ComponentEntry*> many(5, kettles().front());
  EXPECT_EQ(component_names(many, 32),
            "ListedKettle\n  CopperKettle  CopperKettle\n  CopperKettle  CopperKettle\n  CopperKettle\n");
}

TEST(EntriesNamed, TakeAKindOrAComponent) {
  const auto all = ComponentTable::instance().all();
  EXPECT_EQ(entries_named("ListedKettle", all), entries_named("CopperKettle", all));
}

TEST(EntriesNamed, KnowTheNearestName) {
  EXPECT_THAT([] { entries_named("CoperKettle", ComponentTable::instance().all()); },
              ThrowsMessage<Error>(
                  StrEq("no component or kind 'CoperKettle'; did you mean 'CopperKettle'?\n  help: millrace list")));
}

}  // namespace
}  // namespace millrace
