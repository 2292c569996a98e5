#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "millrace/registry/component.h"

namespace millrace {
namespace {

class Rule {
 public:
  static constexpr const char* kKind = "TestRule";
  using Registry = millrace::Registry<Rule>;
  virtual ~Rule() = default;
};

class Plain : public Rule {
 public:
  struct Options {
    Required<double> lr;
    Default<double> decay = by_default(0.0);
    Default<std::vector<int64_t>> stages = by_default(std::vector<int64_t>{3});
    bool slow = false;
    template <class F>
    static void describe(F& f) {
      f("lr", &Options::lr, "").above(0);
      f("decay", &Options::decay, "").at_least(0);
      f("stages", &Options::stages, "");
      f("slow", &Options::slow, "");
    }
    static void check(const Options& o, Complaints& complaints) {
      if (o.decay > *o.lr) complaints.add("decay", complaints.owner() + " decays faster than it learns");
    }
  };
  explicit Plain(Options options) : options(checked<Plain>(std::move(options))) {}
  const Options options;
};
MILLRACE_REGISTER(Rule, Plain);

class Decaying : public Plain {
 public:
  static void defaults(Options& o) { o.decay = 0.5; }
  explicit Decaying(Options options) : Plain(checked<Decaying>(std::move(options))) {}
};
MILLRACE_REGISTER(Rule, Decaying);

/// Has the defaults of its base over its own.
class Staged final : public Decaying {
 public:
  static void defaults(Options& o) {
    Decaying::defaults(o);
    o.stages = {std::vector<int64_t>{0, 1, 2, 3}};
  }
  explicit Staged(Options options) : Decaying(checked<Staged>(std::move(options))) {}
};
MILLRACE_REGISTER(Rule, Staged);

struct Meddling {
  static void defaults(Plain::Options& o) { o.slow = true; }
};

Value rule(const std::string& type, std::vector<std::pair<std::string, Value>> entries) {
  Value dict = Value::dict();
  dict.as_dict().set("type", type);
  for (auto& [key, value] : entries) dict.as_dict().set(key, value);
  return dict;
}

Plain::Options built(const Value& config) { return dynamic_cast<Plain&>(*Rule::Registry::build(config, "")).options; }

TEST(Defaults, StandWhereAConfigGivesNothing) {
  EXPECT_EQ(built(rule("Plain", {{"lr", 1}})).decay, 0);
  EXPECT_EQ(built(rule("Decaying", {{"lr", 1}})).decay, 0.5);
  EXPECT_EQ(built(rule("Decaying", {{"lr", 1}, {"decay", 0}})).decay, 0);
  EXPECT_EQ(built(rule("Staged", {{"lr", 1}})).decay, 0.5);
  EXPECT_EQ(*built(rule("Staged", {{"lr", 1}})).stages, (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST(Defaults, StandWhereCppGivesNothing) {
  EXPECT_EQ(Plain({.lr = 1}).options.decay, 0);
  EXPECT_EQ(Decaying({.lr = 1}).options.decay, 0.5);
  EXPECT_EQ(Decaying({.lr = 1, .decay = 0}).options.decay, 0);  // given, though it is the shared default
  EXPECT_EQ(Staged({.lr = 1}).options.decay, 0.5);
  EXPECT_EQ(*Staged({.lr = 1, .stages = std::vector<int64_t>{3}}).options.stages, (std::vector<int64_t>{3}));
}

TEST(Defaults, AreListedAndDumped) {
  EXPECT_EQ(schema_of<Plain>().find("decay")->default_value(), Value(0.0));
  EXPECT_EQ(schema_of<Decaying>().find("decay")->default_value(), Value(0.5));
  EXPECT_EQ(schema_of<Staged>().find("stages")->default_value().repr(), "[0, 1, 2, 3]");
  EXPECT_EQ(schema_of<Decaying>().find("decay")->type_name(), "float");
  const Component<Rule> in_cpp = use<Decaying>({.lr = 2});
  EXPECT_EQ(TypeOf<Component<Rule>>::dump(in_cpp).repr(500),
            "{'type': 'Decaying', 'lr': 2.0, 'decay': 0.5, 'stages': [3], 'slow': False}");
}

TEST(Defaults, AreWhatChecksSee) {
  EXPECT_THAT([] { Decaying({.lr = 0.1}); }, testing::ThrowsMessage<Error>("Decaying decays faster than it learns"));
  EXPECT_THAT(
      [] {
        built(rule("Decaying", {{"lr", 0.1}}));
      },
      testing::ThrowsMessage<Error>("Decaying decays faster than it learns"));
}

TEST(Defaults, ChangeNoFieldThatDoesNotKnowWhetherItWasGiven) {
  EXPECT_EQ((Schema::of<Plain::Options, Meddling>("Meddling").flaw()),
            "Meddling::defaults changes 'slow', which is not a Default<…>");
}

}  // namespace
}  // namespace millrace
