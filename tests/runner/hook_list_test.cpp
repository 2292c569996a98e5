#include "millrace/runner/hook_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/hosted_run.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// Writes down at which points it was called, and carries a number over a resume.
class NotesHook final : public Hook {
 public:
  explicit NotesHook(int64_t number) : number(number) {}
  void before_train(RunPoint&) override { notes.emplace_back("before_train"); }
  void before_epoch(EpochPoint&) override { notes.emplace_back("before_epoch"); }
  void after_run(RunPoint&) override { throw Error("no more"); }
  State state_dict() const override { return number; }
  void load_state_dict(const State& state) override { number = state.integer(); }

  int64_t number;
  std::vector<std::string> notes;
};

class SilentHook final : public Hook {};

std::shared_ptr<NotesHook> notes_hook(int64_t number) {
  auto hook = std::make_shared<NotesHook>(number);
  Hook::adopt(*hook);
  return hook;
}

TEST(HookList, CallsThePointsThatAHookHas) {
  const ScratchFolder folder;
  HostedRun run(folder.path());
  HookList hooks;
  const auto hook = notes_hook(1);
  hooks.add(hook);
  EXPECT_TRUE(hooks.listens<&Hook::before_train>());
  EXPECT_TRUE(hooks.listens<&Hook::before_val_epoch>()) << "by the generic point";
  EXPECT_FALSE(hooks.listens<&Hook::before_val>());
  hooks.call<&Hook::before_train>(RunPoint{*run.runner});
  hooks.call<&Hook::before_val>(RunPoint{*run.runner});
  hooks.call<&Hook::before_val_epoch>(RunPoint{*run.runner});
  EXPECT_THAT(hook->notes, testing::ElementsAre("before_train", "before_epoch"));
  EXPECT_THAT([&] { hooks.call<&Hook::after_run>(RunPoint{*run.runner}); },
              testing::ThrowsMessage<Error>("no more\n  in after_run of NotesHook"));
}

TEST(HookList, ListsItsHooksByPoint) {
  HookList hooks;
  const auto late = notes_hook(1), early = notes_hook(2);
  late->set_priority(Hook::kLow);
  early->set_priority(Hook::kHigh);
  hooks.add(late);
  hooks.add(early);
  EXPECT_THAT(hooks.table(), testing::ContainsRegex("before_train:\n\\(HIGH +\\) NotesHook +\n\\(LOW +\\) NotesHook"));
  EXPECT_THAT(hooks.table(), testing::HasSubstr("before_val_epoch:"));
  EXPECT_THAT(hooks.table(), testing::Not(testing::HasSubstr("after_train:")));
}

TEST(HookList, CallsTheOthersWhereOneFails) {
  const ScratchFolder folder;
  HostedRun run(folder.path());
  HookList hooks;
  class Behind final : public Hook {
   public:
    void after_run(RunPoint&) override { ++calls; }
    int calls = 0;
  };
  const auto behind = std::make_shared<Behind>();
  Hook::adopt(*behind);
  hooks.add(notes_hook(1));
  hooks.add(behind);
  hooks.add(notes_hook(2));
  EXPECT_THAT([&] { hooks.call<&Hook::after_run>(RunPoint{*run.runner}); },
              testing::ThrowsMessage<Error>("no more\n  in after_run of NotesHook\n"
                                            "  in after_run of NotesHook, too: no more"));
  EXPECT_EQ(behind->calls, 1);
}

TEST(HookList, NamesTheStatesOfTwoHooksOfAClassByTheirOrder) {
  HookList before, after;
  for (int64_t number : {7, 8}) before.add(notes_hook(number));
  const auto silent = std::make_shared<SilentHook>();
  Hook::adopt(*silent);
  before.add(silent);
  const State states = before.state_dict();
  EXPECT_TRUE(states.equals(State::dict({{"NotesHook", 7}, {"NotesHook#2", 8}})));
  const auto first = notes_hook(0), second = notes_hook(0), third = notes_hook(3);
  for (const auto& hook : {first, second, third}) after.add(hook);
  after.load_state_dict(states);
  EXPECT_EQ(first->number, 7);
  EXPECT_EQ(second->number, 8);
  EXPECT_EQ(third->number, 3) << "nothing is known of a third";
}

TEST(HookList, GivesAStateToTheHookOfItsSettingsWhereTheOrderHasChanged) {
  HookList before, after;
  before.add(notes_hook(7), "dict(type='NotesHook', a=1)");
  before.add(notes_hook(8), "dict(type='NotesHook', a=2)");
  const auto second = notes_hook(0), first = notes_hook(0);
  after.add(second, "dict(type='NotesHook', a=2)");
  after.add(first, "dict(type='NotesHook', a=1)");
  const HookList::Loaded loaded = after.load_state_dict(before.state_dict(), before.settings());
  EXPECT_EQ(first->number, 7);
  EXPECT_EQ(second->number, 8);
  EXPECT_THAT(
      loaded.notices,
      testing::ElementsAre(testing::HasSubstr("NotesHook takes the state that NotesHook#2 has in the checkpoint"),
                           testing::HasSubstr("NotesHook#2 takes the state that NotesHook has")));
  EXPECT_THAT(loaded.left, testing::IsEmpty());
}

TEST(HookList, SaysWhoseStateIsLeftWhereAHookOfAClassIsGone) {
  HookList before, after;
  before.add(notes_hook(7), "dict(type='NotesHook', a=1)");
  before.add(notes_hook(8), "dict(type='NotesHook', a=2)");
  const auto second = notes_hook(0);
  after.add(second, "dict(type='NotesHook', a=2)");
  const HookList::Loaded loaded = after.load_state_dict(before.state_dict(), before.settings());
  EXPECT_EQ(second->number, 8);
  EXPECT_THAT(loaded.left, testing::ElementsAre("NotesHook"));
}

TEST(HookList, APriorityChangesNoStateOfTwoHooksOfAClass) {
  HookList before, after;
  for (int64_t number : {7, 8}) before.add(notes_hook(number));
  const auto first = notes_hook(0), second = notes_hook(0);
  second->set_priority(Hook::kHighest);
  after.add(first);
  after.add(second);
  after.load_state_dict(before.state_dict(), before.settings());
  EXPECT_EQ(first->number, 7);
  EXPECT_EQ(second->number, 8);
}

}  // namespace
}  // namespace millrace
