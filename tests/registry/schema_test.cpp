#include "millrace/registry/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "millrace/config/big_integer.h"
#include "millrace/registry/component.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Shape {
 public:
  static constexpr const char* kKind = "TestShape";
  using Registry = millrace::Registry<Shape, int>;
  virtual ~Shape() = default;
  virtual double area() const = 0;
};

struct Unit {
  double scale = 1.0;
  bool metric = true;
  template <class F>
  static void describe(F& f) {
    f("scale", &Unit::scale, "length of one unit").above(0);
    f("metric", &Unit::metric, "metres, or else feet");
  }
};

class Box final : public Shape {
 public:
  enum class Colour { red, green, dark_blue };
  struct Options {
    Required<int> width;
    Required<OneOrMany<double>> sides;
    std::optional<int64_t> height;
    Colour colour = Colour::green;
    std::vector<std::pair<int, int>> pairs{};
    std::variant<int, std::string> label = 3;
    std::map<std::string, double> weights{};
    Unit unit{};
    std::vector<Component<Shape>> inside{};
    template <class F>
    static void describe(F& f) {
      f("width", &Options::width, "in units").at_least(1).alias("w");
      f("sides", &Options::sides, "lengths").within(0, 1);
      f("height", &Options::height, "in units");
      f("colour", &Options::colour, "of the outside");
      f("pairs", &Options::pairs, "pairs");
      f("label", &Options::label, "a label");
      f("weights", &Options::weights, "by name");
      f.flatten(&Options::unit);
      f("inside", &Options::inside, "shapes in it");
    }
  };
  Box(int depth, Options options) : depth_(depth), options_(checked<Box>(std::move(options))) {}
  double area() const override {
    double sum = options_.width * static_cast<double>(depth_);
    for (const auto& shape : options_.inside) sum += shape.build(1)->area();
    return sum;
  }
  const Options& options() const { return options_; }

 private:
  int depth_;
  Options options_;
};
MILLRACE_REGISTER(Shape, Box);

struct Forgetful {
  int a = 1;
  int b = 2;
  template <class F>
  static void describe(F& f) {
    f("a", &Forgetful::a, "");
  }
};

/// A part with a required field, which others flatten.
struct Slope {
  Required<double> angle;
  int64_t steps = 4;
  template <class F>
  static void describe(F& f) {
    f("angle", &Slope::angle, "in degrees").within(0, 90);
    f("steps", &Slope::steps, "");
  }
};

class Ramp final : public Shape {
 public:
  struct Options {
    Required<std::string> place;
    Slope slope;
    Unit unit{};
    template <class F>
    static void describe(F& f) {
      f("place", &Options::place, "where it is");
      f.flatten(&Options::slope);
      f.flatten(&Options::unit);
    }
  };
  Ramp(int, Options options) : options_(checked<Ramp>(std::move(options))) {}
  double area() const override { return *options_.slope.angle * static_cast<double>(options_.slope.steps); }

 private:
  Options options_;
};
MILLRACE_REGISTER(Shape, Ramp);

struct Numbers {
  Required<int> count;
  bool on = true;
  double rate = 0.5;
  std::pair<double, double> betas = {0.9, 0.999};
  std::array<int64_t, 3> sizes = {1, 2, 3};
  std::tuple<double, double, double> three = {1, 2, 3};
  Default<double> decay = by_default(0.25);
  std::optional<double> momentum;
  std::string name{};
  template <class F>
  static void describe(F& f) {
    f("count", &Numbers::count, "");
    f("on", &Numbers::on, "");
    f("rate", &Numbers::rate, "");
    f("betas", &Numbers::betas, "");
    f("sizes", &Numbers::sizes, "");
    f("three", &Numbers::three, "");
    f("decay", &Numbers::decay, "");
    f("momentum", &Numbers::momentum, "");
    f("name", &Numbers::name, "");
  }
};

struct Limits {
  double rate = 1;
  OneOrMany<double> many = 1.0;
  std::optional<double> maybe;
  std::pair<double, double> both = {0, 1};
  std::variant<std::string, double> or_text = 1.0;
  std::map<std::string, double> weights{};
  double most = 1;
  template <class F>
  static void describe(F& f) {
    f("rate", &Limits::rate, "");
    f("many", &Limits::many, "");
    f("maybe", &Limits::maybe, "").at_least(0);
    f("both", &Limits::both, "").at_most(1);
    f("or_text", &Limits::or_text, "");
    f("weights", &Limits::weights, "");
    f("most", &Limits::most, "").at_least(0).may_be_infinite();
  }
};

Value dict_of(std::vector<std::pair<std::string, Value>> entries) {
  Value dict = Value::dict();
  int line = 1;
  for (auto& [key, value] : entries) {
    Value k(key);
    k.set_place(Place("f.py").at(line, 1));
    value.set_place(Place("f.py").at(line, 10));
    dict.as_dict().set(k, value);
    ++line;
  }
  return std::move(dict.set_place(Place("f.py").at(1, 5)));
}

std::shared_ptr<Shape> build(const Value& config) { return Shape::Registry::build(config, "", 2); }

TEST(Schema, CountsMembersOfEveryKind) {
  EXPECT_EQ(detail::count_members<Box::Options>(), 9);
  EXPECT_EQ(detail::count_unset<Box::Options>(), 2);
  EXPECT_EQ(detail::count_members<Unit>(), 2);
}

TEST(Schema, CountsMembersThatHaveRequiredFields) {
  EXPECT_EQ(detail::count_unset<Ramp::Options>(), 2);
  EXPECT_EQ(detail::count_members<Ramp::Options>(), 3);
}

TEST(Schema, FlattensAMemberWithRequiredFields) {
  EXPECT_EQ(build(dict_of({{"type", "Ramp"}, {"place", "north"}, {"angle", 30}}))->area(), 120);
  EXPECT_EQ(Ramp(1, {.place = "north", .slope = {.angle = 10, .steps = 2}}).area(), 20);
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Ramp"}, {"place", "north"}}));
      },
      ThrowsMessage<Error>("f.py:1:5: Ramp needs the key 'angle'\n  angle: float, in degrees"));
  EXPECT_THAT([] { Ramp(1, {.place = "north", .slope = {.angle = 91}}); },
              ThrowsMessage<Error>("angle must be from 0 to 90, got 91.0"));
}

TEST(Schema, ReadsAndWritesNumbersOfFieldsWithoutTheirConfig) {
  const Schema schema = Schema::of<Numbers>("Numbers");
  Numbers numbers{.count = 7};
  const auto all = [&] {
    std::vector<double> values;
    for (const Field& field : schema.fields())
      for (size_t i = 0; field.scalars() && i < field.scalars()->count; ++i)
        values.push_back(field.number(&numbers, i));
    return values;
  };
  EXPECT_EQ(all(), (std::vector<double>{7, 1, 0.5, 0.9, 0.999, 1, 2, 3, 1, 2, 3, 0.25}));
  schema.find("count")->set_number(&numbers, 8);
  schema.find("on")->set_number(&numbers, 0);
  schema.find("betas")->set_number(&numbers, 0.5, 1);
  schema.find("sizes")->set_number(&numbers, 9, 2);
  schema.find("three")->set_number(&numbers, 9, 0);
  schema.find("decay")->set_number(&numbers, 0.125);
  EXPECT_EQ(all(), (std::vector<double>{8, 0, 0.5, 0.9, 0.5, 1, 2, 9, 9, 2, 3, 0.125}));
  EXPECT_EQ(*numbers.count, 8);
  EXPECT_FALSE(numbers.on);

  using Kind = Scalars::Kind;
  EXPECT_EQ(schema.find("count")->scalars()->kind, Kind::integer);
  EXPECT_EQ(schema.find("on")->scalars()->kind, Kind::boolean);
  EXPECT_EQ(schema.find("decay")->scalars()->kind, Kind::number);
  EXPECT_FALSE(schema.find("rate")->scalars()->is_sequence);
  EXPECT_TRUE(schema.find("betas")->scalars()->is_sequence);
  EXPECT_EQ(schema.find("momentum")->scalars(), nullptr);
  EXPECT_EQ(schema.find("name")->scalars(), nullptr);
}

TEST(Schema, NamesTheMemberThatDescribeForgot) {
  EXPECT_EQ(Schema::of<Forgetful>("Forgetful").flaw(),
            "Forgetful::Options has 2 members, and its describe names 1: it lacks the one behind 'a' (byte 4)");
}

TEST(Schema, FillsOptionsFromAConfig) {
  const auto shape = build(dict_of({{"type", "Box"},
                                    {"width", 1e1},
                                    {"sides", Value::list({0.5, 1})},
                                    {"colour", "dark_blue"},
                                    {"scale", 2},
                                    {"label", "x"},
                                    {"weights", dict_of({{"a", 1}})}}));
  const auto& options = dynamic_cast<Box&>(*shape).options();
  EXPECT_EQ(*options.width, 10);
  EXPECT_EQ(options.sides->values(), (std::vector<double>{0.5, 1.0}));
  EXPECT_EQ(options.colour, Box::Colour::dark_blue);
  EXPECT_EQ(options.unit.scale, 2.0);
  EXPECT_EQ(std::get<std::string>(options.label), "x");
  EXPECT_EQ(options.weights.at("a"), 1.0);
  EXPECT_EQ(shape->area(), 20.0);
}

TEST(Schema, ReportsAllMistakesTogetherInOrderOfTheirPlaces) {
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", 0}, {"sides", 2}, {"hight", 1}, {"colour", "gren"}, {"metric", 1}}));
      },
      ThrowsMessage<Error>(
          "f.py:2:10: Box.width must be at least 1, got 0\n"
          "f.py:3:10: Box.sides must be from 0 to 1, got 2.0\n"
          "f.py:4:1: Box has no key 'hight'; did you mean 'height'?\n"
          "  keys: colour, height, inside, label, metric, pairs, scale, sides, weights, width\n"
          "f.py:5:10: Box.colour must be 'red', 'green' or 'dark_blue', got 'gren'; did you mean 'green'?\n"
          "f.py:6:10: Box.metric must be True or False, got 1 (int)"));
}

Value big_integer(const std::string& digits) { return Value::integer(*BigInteger::parse(digits)); }

TEST(Schema, RefusesNumbersThatAreNotFinite) {
  const Schema schema = Schema::of<Limits>("Limits");
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const auto mistakes = [&](const std::string& key, Value value) {
    Limits limits;
    Binder binder;
    schema.bind(&limits, dict_of({{key, std::move(value)}}), binder);
    std::vector<std::string> texts;
    for (const Error& error : binder.mistakes().all()) texts.push_back(error.summary());
    return texts;
  };
  EXPECT_THAT(mistakes("rate", inf), ElementsAre("Limits.rate must be finite, got inf"));
  EXPECT_THAT(mistakes("rate", -inf), ElementsAre("Limits.rate must be finite, got -inf"));
  EXPECT_THAT(mistakes("rate", nan), ElementsAre("Limits.rate must be a number, got nan"));
  EXPECT_THAT(mistakes("many", inf), ElementsAre("Limits.many must be finite, got inf"));
  EXPECT_THAT(mistakes("many", Value::list({1.0, inf})), ElementsAre("Limits.many must be finite, got inf"));
  EXPECT_THAT(mistakes("maybe", inf), ElementsAre("Limits.maybe must be finite, got inf"));
  EXPECT_THAT(mistakes("maybe", nan), ElementsAre("Limits.maybe must be at least 0, got nan"));
  EXPECT_THAT(mistakes("both", Value::list({-inf, 0.0})), ElementsAre("Limits.both must be finite, got -inf"));
  EXPECT_THAT(mistakes("both", Value::list({0.0, inf})), ElementsAre("Limits.both must be at most 1, got inf"));
  EXPECT_THAT(mistakes("or_text", inf), ElementsAre("Limits.or_text must be finite, got inf"));
  EXPECT_THAT(mistakes("weights", dict_of({{"a", 1.0}, {"b", inf}})),
              ElementsAre("Limits.weights must be finite, got inf"));
  EXPECT_THAT(mistakes("most", inf), ElementsAre());
  EXPECT_THAT(mistakes("most", nan), ElementsAre("Limits.most must be at least 0, got nan"));
  EXPECT_THAT(mistakes("most", -inf), ElementsAre("Limits.most must be at least 0, got -inf"));
  Limits limits;
  limits.many = {1.0, nan};
  limits.most = inf;
  Binder binder;
  schema.check(&limits, binder);
  ASSERT_EQ(binder.mistakes().size(), 1u);
  EXPECT_EQ(binder.mistakes().all()[0].summary(), "many must be a number, got nan");
}

TEST(Schema, RefusesIntegersThatDoNotFitTheirField) {
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", big_integer("99999999999999999999")}, {"sides", 1}}));
      },
      ThrowsMessage<Error>("f.py:2:10: Box.width must fit into 32 bits, got 99999999999999999999"));
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", 1}, {"sides", 1}, {"height", big_integer("-99999999999999999999")}}));
      },
      ThrowsMessage<Error>("f.py:4:10: Box.height must fit into 64 bits, got -99999999999999999999"));
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", 1}, {"sides", big_integer("99999999999999999999")}}));
      },
      ThrowsMessage<Error>("f.py:3:10: Box.sides must be from 0 to 1, got 1e+20"));
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", 1}, {"sides", 1}, {"scale", big_integer(std::string(400, '9'))}}));
      },
      ThrowsMessage<Error>(testing::StartsWith("f.py:4:10: Box.scale must fit into a float, got 99999")));
}

TEST(Schema, TakesABigIntegerAsAFloat) {
  const auto shape =
      build(dict_of({{"type", "Box"}, {"width", 1}, {"sides", 1}, {"scale", big_integer("100000000000000000000")}}));
  EXPECT_EQ(static_cast<const Box&>(*shape).options().unit.scale, 1e20);
}

TEST(Schema, ReportsMissingKeys) {
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", 1}}));
      },
      ThrowsMessage<Error>("f.py:1:5: Box needs the key 'sides'\n  sides: float or list of float, lengths"));
}

TEST(Schema, ChecksComponentsBelow) {
  EXPECT_THAT(
      [] {
        build(dict_of(
            {{"type", "Box"}, {"width", 1}, {"sides", 1}, {"inside", Value::list({dict_of({{"type", "Bx"}})})}}));
      },
      ThrowsMessage<Error>("f.py:1:10: no TestShape 'Bx'; did you mean 'Box'?"));
}

TEST(Schema, ChecksRangesOfOptionsFromCpp) {
  EXPECT_THAT([] { Box(1, {.width = 0, .sides = 0.5}); }, ThrowsMessage<Error>("width must be at least 1, got 0"));
}

TEST(Schema, BuildsNestedComponentsFromConfigsOptionsAndInstances) {
  const Box inner(2, {.width = 3, .sides = 1});
  const auto instance = std::make_shared<Box>(inner);
  const Box outer(1, {.width = 1, .sides = 1, .inside = {instance, use<Box>({.width = 5, .sides = 1})}});
  EXPECT_EQ(outer.area(), 1 + 6 + 5);
}

TEST(Schema, DumpsEveryDefault) {
  Binder binder;
  const auto bound = bind_component("TestShape", dict_of({{"type", "Box"}, {"w", 4}, {"sides", 1}}), binder);
  ASSERT_TRUE(binder.ok());
  EXPECT_EQ(dump_component(bound).repr(1000),
            "{'type': 'Box', 'width': 4, 'sides': 1.0, 'height': None, 'colour': 'green', 'pairs': [], 'label': 3, "
            "'weights': {}, 'scale': 1.0, 'metric': True, 'inside': []}");
}

TEST(Registry, FindsScopesAndDottedPaths) {
  const auto& table = ComponentTable::instance();
  EXPECT_NE(table.find("TestShape", "mmengine.Box", "mmdet"), nullptr);
  EXPECT_NE(table.find("TestShape", "torch.shapes.Box", ""), nullptr);
  EXPECT_NE(table.find("TestShape", "Box", "mmdet"), nullptr);
  EXPECT_EQ(table.find("TestShape", "mmdet.Box", ""), nullptr);
}

TEST(Registry, ASlipInANameIsAMistakeAndAnAbsentComponentIsNone) {
  const auto found = [](const char* type, const char* scope) {
    Binder binder(scope);
    bind_component("TestShape", dict_of({{"type", type}}), binder);
    if (!binder.ok()) return std::string(binder.mistakes().all()[0].what());
    return binder.absent().at(0).text();
  };
  EXPECT_EQ(found("Bxo", ""), "f.py:1:10: no TestShape 'Bxo'; did you mean 'Box'?");
  EXPECT_EQ(found("Sphere", ""), "no TestShape 'Sphere': this build has none");
  EXPECT_EQ(found("mmdet.Bxo", ""), "no TestShape 'mmdet.Bxo': the scope 'mmdet' is not installed");
  EXPECT_EQ(found("mmdet.shapes.Cone", ""), "no TestShape 'mmdet.Cone': the scope 'mmdet' is not installed");
  ComponentTable::instance().add_names_elsewhere("", "Fox Boxes");
  EXPECT_EQ(found("Fox", ""), "no TestShape 'Fox': this build has none");
}

TEST(Registry, AbsentComponentsAreNotedOnceWithTheirNumber) {
  Binder binder("mmdet");
  const Value sphere = dict_of({{"type", "Sphere"}});
  bind_component("TestShape",
                 dict_of({{"type", "Box"}, {"width", 1}, {"sides", 1}, {"inside", Value::list({sphere, sphere})}}),
                 binder);
  EXPECT_TRUE(binder.ok());
  ASSERT_EQ(binder.absent().size(), 1u);
  EXPECT_EQ(binder.absent()[0].text(),
            "no TestShape 'mmdet.Sphere': the default scope 'mmdet' is not installed, 2 times");
  EXPECT_THAT([&] { binder.throw_if_any(); }, ThrowsMessage<Error>(HasSubstr("f.py:1:10: no TestShape")));
}

TEST(Registry, WhatAnAbsentComponentHoldsIsCheckedForKeysThatAreCloseToKnownOnes) {
  Binder binder;
  const Value box = dict_of({{"type", "Box"}, {"width", "x"}, {"sidse", 1}, {"of_another", 1}});
  bind_component("TestShape", dict_of({{"type", "Crate"}, {"load", dict_of({{"deep", Value::list({box})}})}}), binder);
  ASSERT_EQ(binder.mistakes().size(), 1u);
  EXPECT_EQ(binder.mistakes().all()[0].summary(), "Box has no key 'sidse'; did you mean 'sides'?");
  ASSERT_EQ(binder.absent().size(), 1u);
  EXPECT_EQ(binder.absent()[0].name, "Crate");
}

TEST(Registry, OfAFragmentNothingIsMissing) {
  Binder binder;
  binder.set_fragment(true);
  bind_component("TestShape", dict_of({{"type", "Box"}, {"width", 0}}), binder);
  bind_component("TestShape", dict_of({{"width", 1}}), binder);
  ASSERT_EQ(binder.mistakes().size(), 1u);
  EXPECT_EQ(binder.mistakes().all()[0].summary(), "Box.width must be at least 1, got 0");
}

TEST(Registry, AMisspeltTypeIsNamed) {
  EXPECT_THAT(
      [] {
        build(dict_of({{"tpye", "Box"}, {"width", 1}}));
      },
      ThrowsMessage<Error>(HasSubstr("f.py:1:1: TestShape has no key 'tpye'; did you mean 'type'?")));
}

TEST(Registry, ANearKeyIsNotAlsoMissing) {
  EXPECT_THAT(
      [] {
        build(dict_of({{"type", "Box"}, {"width", 1}, {"sdies", 1}}));
      },
      ThrowsMessage<Error>("f.py:3:1: Box has no key 'sdies'; did you mean 'sides'?\n"
                           "  keys: colour, height, inside, label, metric, pairs, scale, sides, weights, width"));
}

}  // namespace
}  // namespace millrace
