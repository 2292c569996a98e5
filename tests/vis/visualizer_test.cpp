#include "millrace/vis/visualizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {
using testing::ElementsAre, testing::IsEmpty;

struct NotesBackend final : VisBackend {
  std::vector<std::string> notes;
  void open(const std::filesystem::path&) override { notes.emplace_back("open"); }
  void add_text(const std::string& name, const std::string&, int64_t) override { notes.push_back(name); }
  void add_scalars(const ScalarRecord& record, int64_t step) override {
    notes.push_back(record.at(0).first + " " + std::to_string(step));
  }
};

/// One that can be cut: at a position, or none.
struct CutBackend : VisBackend {
  explicit CutBackend(State at) : at_(std::move(at)) {}
  void open(const std::filesystem::path&) override {}
  void add_scalars(const ScalarRecord&, int64_t) override {}
  State position() const override { return at_; }
  void rewind(const State& position) override { at_ = position; }
  int64_t at() const { return at_.integer(); }

 private:
  State at_;
};
struct OtherCutBackend final : CutBackend {
  using CutBackend::CutBackend;
};

Visualizer visualizer_of(std::vector<std::shared_ptr<VisBackend>> backends) {
  Visualizer::Options options;
  for (auto& backend : backends) options.vis_backends.emplace_back(std::move(backend));
  return Visualizer(std::move(options));
}

class CutPositions : public testing::Test {
 protected:
  std::shared_ptr<CutBackend> first_ = std::make_shared<CutBackend>(100), second_ = std::make_shared<CutBackend>(200);
  std::shared_ptr<OtherCutBackend> other_ = std::make_shared<OtherCutBackend>(300);
};

TEST_F(CutPositions, AreKnownByTheirClasses) {
  const State positions = visualizer_of({first_, other_, second_}).positions();
  EXPECT_TRUE(positions.equals(State::dict({{"CutBackend", 100}, {"OtherCutBackend", 300}, {"CutBackend#2", 200}})));
}

TEST_F(CutPositions, FitBackendsInAnotherOrderAndFewerOrMore) {
  const State positions = State::dict({{"CutBackend", 10}, {"OtherCutBackend", 30}, {"GoneBackend", 7}});
  visualizer_of({other_, first_, second_}).rewind(positions);
  EXPECT_EQ(first_->at(), 10);
  EXPECT_EQ(other_->at(), 30);
  EXPECT_EQ(second_->at(), 200) << "a backend of which nothing is known";
}

TEST_F(CutPositions, OfAnOlderCheckpointAreAList) {
  visualizer_of({first_, other_}).rewind(State::list({10, 30}));
  EXPECT_EQ(first_->at(), 10);
  EXPECT_EQ(other_->at(), 30);
}

TEST_F(CutPositions, OfAListThatDoesNotFitCutNothing) {
  visualizer_of({first_, other_}).rewind(State::list({10}));
  visualizer_of({first_, other_}).rewind(State::list({10, 30, 50}));
  visualizer_of({first_, other_}).rewind(State::list({10, State()}));
  EXPECT_EQ(first_->at(), 100);
  EXPECT_EQ(other_->at(), 300);
}

TEST(Visualizer, HandsNothingOnBeforeItIsOpened) {
  const auto backend = std::make_shared<NotesBackend>();
  Visualizer visualizer({.vis_backends = {Component<VisBackend>(backend)}});
  visualizer.add_scalars_soon([] { return ScalarRecord{{"loss", 1.0}}; }, 1);
  visualizer.add_text("text", "", 2);
  visualizer.close();
  visualizer.open("");
  visualizer.flush();
  EXPECT_THAT(backend->notes, ElementsAre("open"));
  EXPECT_EQ(visualizer.scalars_file(), std::nullopt);
}

TEST(Visualizer, HandsLateRecordsOnBeforeAnythingElse) {
  const auto backend = std::make_shared<NotesBackend>();
  Visualizer visualizer({.vis_backends = {Component<VisBackend>(backend)}});
  const auto late = [](const char* name) { return [name] { return ScalarRecord{{name, 1.0}}; }; };
  visualizer.open("");
  backend->notes.clear();
  visualizer.add_scalars_soon(late("loss"), 1);
  visualizer.add_scalars_soon(late("loss"), 2);
  EXPECT_THAT(backend->notes, IsEmpty());
  visualizer.add_text("text", "", 2);
  EXPECT_THAT(backend->notes, ElementsAre("loss 1", "loss 2", "text"));
  visualizer.add_scalars_soon(late("loss"), 3);
  visualizer.add_scalars({{"accuracy", 50.0}}, 3);
  visualizer.add_scalars_soon(late("loss"), 4);
  visualizer.flush();
  EXPECT_THAT(backend->notes, ElementsAre("loss 1", "loss 2", "text", "loss 3", "accuracy 3", "loss 4"));
}

}  // namespace
}  // namespace millrace
