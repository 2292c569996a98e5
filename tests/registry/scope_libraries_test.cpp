#include "millrace/registry/scope_libraries.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <deque>
#include <thread>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/registry/component_table.h"
#include "millrace/registry/registry.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::ThrowsMessage;

/// Libraries that note when they are loaded.
class NotedLibraries {
 public:
  void offer(const std::string& scope) {
    libraries_.offer(scope, [this, scope] { loaded_.push_back(scope); });
  }
  /// What is loaded after the look-up.
  std::vector<std::string> look_up(std::string_view type, std::string_view default_scope) {
    libraries_.load_for(type, default_scope);
    return loaded_;
  }
  ScopeLibraries& libraries() { return libraries_; }
  const std::vector<std::string>& loaded() const { return loaded_; }

 private:
  ScopeLibraries libraries_;
  std::vector<std::string> loaded_;
};

TEST(ScopeLibraries, LoadWhatTheDefaultScopeOrTheTypeNames) {
  NotedLibraries of;
  for (const char* scope : {"mmdet", "mmpretrain", "mmseg", "mmpose"}) of.offer(scope);
  EXPECT_THAT(of.look_up("ResNet", ""), IsEmpty());
  EXPECT_THAT(of.look_up("ResNet", "mmengine"), IsEmpty());
  EXPECT_THAT(of.look_up("torch.nn.mmseg", ""), IsEmpty());  // the name of a class is no scope
  EXPECT_THAT(of.look_up("ResNet", "mmdet"), ElementsAre("mmdet"));
  EXPECT_THAT(of.look_up("mmseg.models.ResNet", "mmdet"), ElementsAre("mmdet", "mmseg"));
  EXPECT_THAT(of.look_up("mmdet.mmpose.ResNet", ""), ElementsAre("mmdet", "mmseg", "mmpose"));
  EXPECT_THAT(of.look_up("mmcls.ResNet", ""), ElementsAre("mmdet", "mmseg", "mmpose", "mmpretrain"));
}

TEST(ScopeLibraries, LoadWithAScopeThoseAboveIt) {
  NotedLibraries of;
  for (const char* scope : {"mmdet", "mmdet.mine", "mmdetection", "mmdet.yours"}) of.offer(scope);
  EXPECT_THAT(of.look_up("ResNet", "mine"), ElementsAre("mmdet", "mmdet.mine"));
  EXPECT_THAT(of.look_up("ResNet", "mmdet.yours"), ElementsAre("mmdet", "mmdet.mine", "mmdet.yours"));
}

TEST(ScopeLibraries, OfOneScopeAreLoadedTogetherAndOnce) {
  NotedLibraries of;
  of.offer("mmdet");
  of.offer("mmdet");
  EXPECT_THAT(of.look_up("A", "mmdet"), ElementsAre("mmdet", "mmdet"));
  of.libraries().load_all();
  EXPECT_THAT(of.look_up("mmdet.A", "mmdet"), ElementsAre("mmdet", "mmdet"));
}

TEST(ScopeLibraries, AreKnownBeforeTheyAreLoaded) {
  NotedLibraries of;
  of.offer("mmpretrain");
  EXPECT_TRUE(of.libraries().has("mmpretrain"));
  EXPECT_TRUE(of.libraries().has("mmcls"));
  EXPECT_FALSE(of.libraries().has("mmdet"));
  EXPECT_FALSE(of.libraries().has(""));
  EXPECT_THAT(of.loaded(), IsEmpty());
}

TEST(ScopeLibraries, TellAtEachLookUpWhyOneCannotBeLoaded) {
  ScopeLibraries libraries;
  int tries = 0;
  libraries.offer("mmdet", [&tries] {
    if (++tries < 3) throw Error("the disk is away");
  });
  libraries.load_for("A", "mmpretrain");
  EXPECT_EQ(tries, 0);
  EXPECT_THAT([&] { libraries.load_for("A", "mmdet"); }, ThrowsMessage<Error>("the disk is away"));
  EXPECT_THAT([&] { libraries.load_all(); }, ThrowsMessage<Error>("the disk is away"));
  libraries.load_for("A", "mmdet");
  libraries.load_for("A", "mmdet");
  EXPECT_EQ(tries, 3);
}

TEST(ScopeLibraries, LetALibraryLookNamesUpWhileItIsLoaded) {
  ScopeLibraries libraries;
  int loads = 0;
  libraries.offer("mmdet", [&] {
    ++loads;
    libraries.load_for("mmdet.A", "mmdet");
    libraries.load_all();
  });
  libraries.offer("mmseg", [&] { ++loads; });
  libraries.load_for("A", "mmdet");
  EXPECT_EQ(loads, 2);
}

// The tests below add to the table of the process, each under a scope of its own.
struct Pebble {
  struct Options {
    int64_t weight = 1;
    template <class Fields>
    static void describe(Fields& f) {
      f("weight", &Options::weight, "in grams");
    }
  };
};

/// A library of the scope with one component, "Pebble", and the number of times that it was loaded.
std::atomic<int>& offer_pebbles(const std::string& scope, const std::string& kind) {
  static std::deque<std::atomic<int>> counts;
  static const Schema schema = Schema::of<Pebble::Options>("Pebble");
  std::atomic<int>& loads = counts.emplace_back(0);
  ScopeLibraries::instance().offer(scope, [scope, kind, &loads] {
    ++loads;
    ComponentTable::instance().add({kind, scope, "Pebble", &schema, {}, nullptr, {.in_tasks = InTasks::often}});
    ComponentTable::instance().add_names_elsewhere(scope, "Boulder");
  });
  return loads;
}

TEST(TableOfTheProcess, LoadsALibraryWhenItsScopeIsNamed) {
  const ComponentTable& table = ComponentTable::instance();
  const std::atomic<int>& loads = offer_pebbles("brook", "Stone");
  EXPECT_TRUE(table.is_installed("brook"));
  EXPECT_EQ(table.find("Stone", "Pebble", ""), nullptr);
  EXPECT_EQ(loads, 0);
  ASSERT_NE(table.find("Stone", "brook.Pebble", ""), nullptr);
  EXPECT_EQ(table.find("Stone", "Pebble", "brook")->scope, "brook");
  EXPECT_EQ(loads, 1);
}

TEST(TableOfTheProcess, LoadsALibraryForAnyQuestionAboutItsScope) {
  const ComponentTable& table = ComponentTable::instance();
  offer_pebbles("creek", "Stone");
  EXPECT_TRUE(table.is_elsewhere("creek", "Boulder"));
  offer_pebbles("river", "Stone");
  EXPECT_THAT(table.find_any("river.Pebble", ""), testing::SizeIs(1));
  offer_pebbles("spring", "Stone");
  EXPECT_EQ(table.name_of("Pebble", "spring").absent, "");
}

TEST(TableOfTheProcess, LoadsAllWhereAnyMayBeMeant) {
  const ComponentTable& table = ComponentTable::instance();
  const std::atomic<int>& of_traits = offer_pebbles("lake", "StoneOfALake");
  EXPECT_EQ(table.traits("StoneOfALake").in_tasks, InTasks::often);
  EXPECT_EQ(of_traits, 1);
  offer_pebbles("sea", "StoneOfASea");
  EXPECT_THAT(table.kinds(), testing::Contains("StoneOfASea"));
}

TEST(TableOfTheProcess, SuggestsWhatIsInNoLoadedLibrary) {
  offer_pebbles("pond", "StoneOfAPond");
  Binder binder;
  Value config = Value::dict();
  config.as_dict().set("type", "Pebble");
  bind_component("StoneOfAPond", config, binder);
  ASSERT_THAT(binder.absent(), testing::SizeIs(1));
  EXPECT_EQ(binder.absent()[0].text(),
            "no StoneOfAPond 'Pebble': without a default scope; did you mean 'pond.Pebble'?");
}

TEST(TableOfTheProcess, IsAskedByManyThreadsAtOnce) {
  const std::atomic<int>& loads = offer_pebbles("delta", "Stone");
  constexpr int kThreads = 8;
  std::barrier start(kThreads);
  std::atomic<int> found = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      start.arrive_and_wait();
      if (ComponentTable::instance().find("Stone", "Pebble", "delta")) ++found;
    });
  threads.clear();
  EXPECT_EQ(found, kThreads);
  EXPECT_EQ(loads, 1);
}

}  // namespace
}  // namespace millrace
