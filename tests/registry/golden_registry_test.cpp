#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <set>

#include "millrace/config/json.h"
#include "millrace/io/file.h"
#include "millrace/registry/component.h"
#include "tests/support/places.h"

namespace millrace {
namespace {

/// tests/golden/registry.json: what MMEngine's registries find and build. A tree of registries there is one table of
/// ours: the root's scope is a name of our root, a scope is known by its path, a registry's own name is a kind.

struct GoldenPart {
  static constexpr const char* kKind = "model";  // the kind of which golden builds have children
  using Registry = millrace::Registry<GoldenPart>;
};

struct GoldenArguments {
  std::optional<Value> a, b;
  Component<GoldenPart> child{};
  bool fail = false;
  template <class F>
  static void describe(F& f) {
    f("a", &GoldenArguments::a, "");
    f("b", &GoldenArguments::b, "");
    f("child", &GoldenArguments::child, "");
    f("fail", &GoldenArguments::fail, "");
  }
};

const Value& golden_registry() {
  static const Value cases = read_json(io::read_file(source_path("/tests/golden/registry.json")), "registry.json");
  return cases;
}

std::string text_at(const Value& value, const char* key) {
  const Value* found = value.find(key);
  return found && found->is_string() ? found->as_string() : std::string();
}

class GoldenTree {
 public:
  explicit GoldenTree(const Value& registries) {
    std::map<std::string, int> seen;
    for (const Value& registry : registries.items()) {
      const std::string kind = text_at(registry, "name"), scope = text_at(registry, "scope");
      std::string label = scope + ":" + kind;
      if (const int count = ++seen[label]; count > 1) label += "#" + std::to_string(count);
      const std::string parent = text_at(registry, "parent");
      if (parent.empty()) {
        if (!table_) table_ = std::make_unique<ComponentTable>(std::vector{scope});
        paths_[label] = "";
      } else {
        const std::string above = paths_.at(parent);
        paths_[label] = (above.empty() ? "" : above + ".") + scope;
      }
      for (const Value& module : registry.find("modules")->items()) {
        const std::string name = module.is_string() ? module.as_string() : module.items()[0].as_string();
        const std::string text = module.is_string() ? name.substr(name.rfind('.') + 1) : module.items()[1].as_string();
        Schema& schema = schemas_.emplace_back(Schema::of<GoldenArguments>(text));
        const ComponentEntry& entry = table_->add({kind, paths_[label], name, &schema, {}, nullptr});
        found_[&entry] = label + "/" + text;
      }
    }
  }

  const ComponentTable& table() const { return *table_; }
  const std::string& path(const std::string& label) const { return paths_.at(label); }
  /// "scope:name/Class", empty for null.
  std::string label_of(const ComponentEntry* entry) const { return entry ? found_.at(entry) : std::string(); }

 private:
  std::unique_ptr<ComponentTable> table_;
  std::deque<Schema> schemas_;
  std::map<std::string, std::string> paths_;  // of "scope:name"
  std::map<const ComponentEntry*, std::string> found_;
};

GoldenTree tree_of(const Value& one) {
  return GoldenTree(*golden_registry().find("trees")->find(text_at(one, "tree").c_str()));
}

std::string kind_of(const std::string& label) {
  return label.substr(label.find(':') + 1, label.find('#') - label.find(':') - 1);
}

TEST(GoldenRegistry, EveryLookUpAgrees) {
  int count = 0, errors = 0;
  for (const Value& one : golden_registry().find("get")->items()) {
    const GoldenTree tree = tree_of(one);
    const std::string at = text_at(one, "at"), key = text_at(one, "key");
    const Value& expected = *one.find("expected");
    // What is an exception of Python here is a name that means nothing: find() gives null for both, and a config
    // with it is a mistake.
    errors += expected.find("error") != nullptr;
    EXPECT_EQ(tree.label_of(tree.table().find(kind_of(at), key, tree.path(at))), text_at(expected, "found"))
        << one.repr(500);
    ++count;
  }
  EXPECT_EQ(count, 72);
  EXPECT_EQ(errors, 2);
}

TEST(GoldenRegistry, EveryBuildAgrees) {
  int count = 0;
  std::vector<std::string> untyped;  // a caller's default_args: here defaults are those of the options alone
  for (const Value& one : golden_registry().find("build")->items()) {
    if (const Value* defaults = one.find("default_args")) {
      untyped.push_back(one.find("cfg")->repr() + " with " + defaults->repr());
      continue;
    }
    ++count;
    SCOPED_TRACE(one.repr(500));
    const GoldenTree tree = tree_of(one);
    const std::string at = text_at(one, "at"), default_scope = text_at(one, "default_scope");
    // A default scope that is in force is where names are looked up, whichever registry is asked.
    Binder binder(default_scope.empty() ? tree.path(at) : default_scope, tree.table());
    const BoundComponent bound = bind_component(kind_of(at), *one.find("cfg"), binder);
    const Value& expected = *one.find("expected");
    EXPECT_EQ(binder.ok() && binder.absent().empty(), expected.find("error") == nullptr);
    EXPECT_EQ(tree.label_of(bound.entry), text_at(expected, "found"));
    if (!bound.entry) continue;
    const auto& options = *static_cast<const GoldenArguments*>(bound.options.get());
    Value given = Value::dict();
    if (options.a) given.as_dict().set("a", *options.a);
    if (options.b) given.as_dict().set("b", *options.b);
    EXPECT_EQ(given, *expected.find("args"));
    EXPECT_EQ(tree.label_of(options.child.bound().entry), text_at(expected, "child"));
  }
  EXPECT_EQ(count, 37);
  EXPECT_THAT(untyped,
              testing::ElementsAre("{'type': 'Net', 'a': 1} with {'a': 2, 'b': 3}",
                                   "{'a': 1} with {'type': 'Head', 'b': 3}", "{'type': 'Net', 'a': None} with {'a': 2}",
                                   "{'type': 'Net'} with ['a']", "{'type': 'Net'} with {'wrong': 1}"));
}

/// Why a registration means nothing in a typed registry; empty if it means something.
std::string untyped_registration(const Value& one) {
  if (const Value* steps = one.find("steps")) {
    const Value& name = *steps->items()[0].find("name");
    if (name.is_integer()) return "a name that is no text does not compile";
    if (name.is_sequence() && name.items().empty()) return "a registration under no name";
    return {};
  }
  for (const Value& registry : one.find("tree_error")->items())
    if (registry.find("name") && text_at(registry, "name") == "other")
      return "a child of another name than its parent: a kind has one table for all scopes";
  return {};
}

TEST(GoldenRegistry, EveryRegistrationAgrees) {
  int count = 0;
  std::set<std::string> left_out;
  for (const Value& one : golden_registry().find("register")->items()) {
    if (const std::string reason = untyped_registration(one); !reason.empty()) {
      left_out.insert(reason);
      continue;
    }
    ++count;
    SCOPED_TRACE(one.repr(500));
    const Value& expected = *one.find("expected");
    const Schema schema = Schema::of<GoldenArguments>("A");
    if (one.find("tree_error")) {  // a scope below one of the same name; a scope is there by its components
      ComponentTable table({"a"});
      table.add({"m", "", "X", &schema, {}, nullptr});
      EXPECT_NO_THROW(table.add({"m", "a", "Y", &schema, {}, nullptr}));
      continue;
    }
    ComponentTable table({"s"});
    int64_t step = 0;
    const auto add = [&] {
      for (const Value& item : one.find("steps")->items()) {
        const Value& name = *item.find("name");
        std::vector<Value> names{name};
        if (name.is_sequence()) names = name.items();
        if (name.is_null()) names = {*item.find("class")};
        for (const Value& each : names)
          if (!table.add({"r", "", each.as_string(), &schema, {}, nullptr}).flaw.empty())
            throw std::logic_error("twice");
        ++step;
      }
    };
    if (expected.find("error")) {
      EXPECT_THROW(add(), std::logic_error);
      EXPECT_EQ(step, expected.find("at_step")->as_integer());
      continue;
    }
    add();
    EXPECT_EQ(table.find("r", text_at(one, "key"), "") != nullptr, !text_at(expected, "found").empty());
    EXPECT_EQ(static_cast<int64_t>(table.all().size()), expected.find("size")->as_integer());
  }
  EXPECT_EQ(count, 8);
  EXPECT_EQ(left_out.size(), 3u);
}

TEST(ComponentTable, FindsPythonPathsInTheirScopeAndAboveIt) {
  const Schema schema = Schema::of<GoldenArguments>("X");
  ComponentTable table;
  const auto* root = &table.add({"Model", "", "Net", &schema, {}, nullptr});
  const auto* detection = &table.add({"Model", "mmdet", "Detector", &schema, {}, nullptr});
  const auto* mine = &table.add({"Model", "mmdet.mine", "Mine", &schema, {}, nullptr});
  EXPECT_EQ(table.find("Model", "torchvision.models.Net", "mmdet"), root);
  EXPECT_EQ(table.find("Model", "mmdet.models.detectors.Detector", ""), detection);
  EXPECT_EQ(table.find("Model", "mmdet.models.Net", ""), root);  // a package re-exports what its parent has
  EXPECT_EQ(table.find("Model", "mmdet.Net", "mmdet"), nullptr);
  EXPECT_EQ(table.find("Model", "mine.layers.Detector", ""), detection);
  EXPECT_EQ(table.find("Model", "mmdet.mine.Mine", ""), mine);
  EXPECT_EQ(table.find("Model", "Detector", "mine"), detection);
  EXPECT_EQ(table.find("Model", "numpy.random.Net", ""), nullptr);
}

TEST(ComponentTable, TakesNoModelOfTheRootWhereTheDefaultScopeIsNotInstalled) {
  const Schema schema = Schema::of<GoldenArguments>("X");
  ComponentTable table;
  table.add({"Model", "", "Net", &schema, {}, nullptr, {.in_tasks = InTasks::often}});
  table.add({"Loop", "", "Short", &schema, {}, nullptr});
  EXPECT_EQ(table.find("Model", "Net", "mmdet"), nullptr);
  EXPECT_NE(table.find("Model", "mmengine.Net", "mmdet"), nullptr);
  EXPECT_NE(table.find("Loop", "Short", "mmdet"), nullptr);
  Binder binder("mmdet", table);
  EXPECT_FALSE(check_component_name("Model", "Net", binder));
  EXPECT_EQ(binder.absent().at(0).text(), "no Model 'mmdet.Net': the default scope 'mmdet' is not installed");
  EXPECT_FALSE(binder.absent().at(0).may_be_roots);
  table.add({"Hook", "", "Timer", &schema, {}, nullptr, {.in_tasks = InTasks::seldom}});
  EXPECT_FALSE(check_component_name("Hook", "Timer", binder));
  EXPECT_EQ(binder.absent().at(1).text(), "no Hook 'mmdet.Timer': the default scope 'mmdet' is not installed");
  EXPECT_TRUE(binder.absent().at(1).may_be_roots);
}

TEST(ComponentTable, TakesNoModelOfTheRootWhereAPartOfAConfigStatesNoScope) {
  const Schema schema = Schema::of<GoldenArguments>("X");
  ComponentTable table;
  table.add({"Model", "", "Net", &schema, {}, nullptr, {.in_tasks = InTasks::often}});
  table.add({"Loop", "", "Short", &schema, {}, nullptr});
  const std::string unstated(ComponentTable::kUnstatedScope);
  EXPECT_EQ(table.find("Model", "Net", unstated), nullptr);
  EXPECT_NE(table.find("Model", "mmengine.Net", unstated), nullptr);
  EXPECT_NE(table.find("Loop", "Short", unstated), nullptr);
  Binder binder(unstated, table);
  EXPECT_FALSE(check_component_name("Model", "Net", binder));
  EXPECT_FALSE(check_component_name("Model", "Nets", binder));
  EXPECT_EQ(binder.absent().at(0).text(), "no Model 'Net': this part of a config states no default_scope");
  EXPECT_EQ(binder.absent().at(1).text(), "no Model 'Nets': this part of a config states no default_scope");
  EXPECT_TRUE(binder.ok());
  EXPECT_FALSE(check_component_name("Loop", "Shrot", binder));
  EXPECT_EQ(binder.mistakes().all().at(0).summary(), "no Loop 'Shrot'; did you mean 'Short'?");
}

TEST(ComponentTable, LooksUpNamesOfManyPartsInTimeAndMemoryOfTheirLength) {
  const Schema schema = Schema::of<GoldenArguments>("X");
  ComponentTable table;
  table.add({"Model", "a", "Net", &schema, {}, nullptr});
  table.add({"Model", "b", "Net", &schema, {}, nullptr});
  std::string name;
  for (int i = 0; i < 200000; ++i) name += "a.b.";
  EXPECT_NE(table.find("Model", name + "Net", ""), nullptr);
  EXPECT_EQ(table.find("Model", name, ""), nullptr);
}

}  // namespace
}  // namespace millrace
