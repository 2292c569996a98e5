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

TEST(Visualizer, HandsLateRecordsOnBeforeAnythingElse) {
  const auto backend = std::make_shared<NotesBackend>();
  Visualizer visualizer({.vis_backends = {Component<VisBackend>(backend)}});
  const auto late = [](const char* name) { return [name] { return ScalarRecord{{name, 1.0}}; }; };
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
