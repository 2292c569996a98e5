#include "millrace/optim/accumulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/tensor/operators.h"
#include "tests/support/toy_optim.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

struct Course {
  std::vector<double> divisors;
  std::vector<int64_t> steps;  // after how many updates
};

Course course_of(Accumulation accumulation, int64_t max, int64_t epoch_length = -1) {
  Course course;
  accumulation.begin(0, max, epoch_length);
  for (int64_t done = 0; done < max; ++done) {
    course.divisors.push_back(accumulation.divisor());
    if (accumulation.is_closing()) course.steps.push_back(done + 1);
    accumulation.count();
  }
  return course;
}

TEST(Accumulation, EndsAPartOfTheScheduleWithASmallerGroup) {
  // One batch a step in the first three; then four, and the two that are left; then two, and one.
  const Course course = course_of({{{0, 1}, {3, 4}, {9, 2}}, Accumulation::Unit::updates}, 12);
  EXPECT_THAT(course.divisors, ElementsAre(1, 1, 1, 4, 4, 4, 4, 2, 2, 2, 2, 1));
  EXPECT_THAT(course.steps, ElementsAre(1, 2, 3, 7, 9, 11, 12));
}

TEST(Accumulation, CountsThePartsOfAScheduleInEpochs) {
  const Course course = course_of({{{0, 1}, {1, 4}, {3, 2}}, Accumulation::Unit::epochs}, 12, 3);
  EXPECT_THAT(course.divisors, ElementsAre(1, 1, 1, 4, 4, 4, 4, 2, 2, 2, 2, 1));
  EXPECT_THAT(course.steps, ElementsAre(1, 2, 3, 7, 9, 11, 12));
}

TEST(Accumulation, LeavesOutWhatBeginsAfterTheEnd) {
  const Course course = course_of({{{0, 2}, {50, 8}}, Accumulation::Unit::updates}, 5);
  EXPECT_THAT(course.divisors, ElementsAre(2, 2, 2, 2, 1));
  EXPECT_THAT(course.steps, ElementsAre(2, 4, 5));
}

TEST(Accumulation, KnowsWhereAGroupBegan) {
  Accumulation accumulation({{0, 1}, {3, 4}, {9, 2}}, Accumulation::Unit::updates);
  accumulation.begin(0, 12, -1);
  std::vector<int64_t> begins;
  for (int64_t done = 0; done <= 12; ++done) begins.push_back(accumulation.group_begin(done));
  EXPECT_THAT(begins, ElementsAre(0, 1, 2, 3, 3, 3, 3, 7, 7, 9, 9, 11, 12));
}

TEST(Accumulation, NeedsEpochsWithAnEnd) {
  Accumulation accumulation({{0, 1}, {3, 4}}, Accumulation::Unit::epochs);
  EXPECT_THAT([&] { accumulation.begin(0, 100, -1); },
              ThrowsMessage<Error>(HasSubstr("accumulative_by_epoch needs epochs of a known length")));
}

const char* const kScheduled =
    "{'optimizer': {'type': 'AdamW', 'lr': 0.1}, 'accumulative_counts': [[0, 1], [2, 3], [9, 2]]}";
at::Tensor loss(const Toy& toy, int i) { return toy.params[0] * toy.params[1] * (i + 1.0); }

TEST(OptimWrapper, GoesOnAtEveryPlaceOfAScheduleOfAccumulation) {
  Toy unbroken({2.0, 3.0});
  const auto whole = unbroken.wrap(config_text(kScheduled));
  whole->initialize_counts(0, 13);
  for (int i = 0; i < 13; ++i) whole->update(loss(unbroken, i));
  for (int stop = 1; stop < 13; ++stop) {
    Toy before({2.0, 3.0});
    const auto first = before.wrap(config_text(kScheduled));
    first->initialize_counts(0, 13);
    for (int i = 0; i < stop; ++i) first->update(loss(before, i));
    const State saved = first->state_dict().snapshot();
    Toy after({before.params[0].item<double>(), before.params[1].item<double>()});
    const auto second = after.wrap(config_text(kScheduled));
    second->load_state_dict(saved);
    second->initialize_counts(stop, 13);
    for (int i = stop; i < 13; ++i) second->update(loss(after, i));
    for (size_t p = 0; p < 2; ++p)
      EXPECT_EQ(after.params[p].item<double>(), unbroken.params[p].item<double>()) << "stopped after " << stop;
  }
}

TEST(OptimWrapper, KnowsAfterHowManyUpdatesItsLastStepsWere) {
  Toy toy({2.0, 3.0});
  const auto optim = toy.wrap(config_text(kScheduled));
  optim->initialize_counts(0, 13);
  for (int i = 0; i < 10; ++i) optim->update(loss(toy, i));
  EXPECT_THAT((std::vector{optim->updates_at_step(0), optim->updates_at_step(1), optim->updates_at_step(2),
                           optim->updates_at_step(3), optim->updates_at_step(4), optim->updates_at_step(5)}),
              ElementsAre(9, 8, 5, 2, 1, 0));
}

TEST(OptimWrapper, RefusesAScheduleOfAccumulationThatIsNone) {
  const Toy toy;
  const auto wrapped = [&](const std::string& keys) {
    return [&toy, keys] { toy.wrap(config_text("{'optimizer': {'type': 'SGD'}, " + keys + "}")); };
  };
  EXPECT_THAT(wrapped("'accumulative_counts': [[5, 2]]"),
              ThrowsMessage<Error>(HasSubstr("accumulative_counts: the first pair must begin at 0, got (5, 2)")));
  EXPECT_THAT(wrapped("'accumulative_counts': [[0, 2], [7, 4], [3, 1]]"),
              ThrowsMessage<Error>(HasSubstr("the pairs must be in order, (3, 1) follows 7")));
  EXPECT_THAT(wrapped("'accumulative_counts': [[0, 0]]"),
              ThrowsMessage<Error>(HasSubstr("accumulative_counts must be at least 1, got (0, 0)")));
  EXPECT_THAT(wrapped("'accumulative_counts': []"), ThrowsMessage<Error>(HasSubstr("is an empty schedule")));
  EXPECT_THAT(wrapped("'accumulative_counts': 0"),
              ThrowsMessage<Error>(HasSubstr("accumulative_counts must be at least 1, got 0")));
  EXPECT_THAT(wrapped("'accumulative_counts': 2, 'accumulative_by_epoch': true"),
              ThrowsMessage<Error>(HasSubstr("accumulative_by_epoch is for a schedule")));
}

}  // namespace
}  // namespace millrace
