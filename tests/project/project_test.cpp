#include "millrace/project/project.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "millrace/base/error.h"
#include "millrace/config/config.h"
#include "millrace/io/file.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

namespace fs = std::filesystem;

void write_project_file(const fs::path& path) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << "\xff\xd8\xff as a JPEG begins";
}

std::string refusal_of(const ProjectRequest& request) {
  try {
    write_project(request);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

std::vector<std::string> project_lines(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Project, OfPointsHoldsAConfigAndATableOfThreeArms) {
  const ScratchFolder scratch;
  const std::string folder = (scratch.path() / "spirals").string();
  const Project project = write_project({.folder = folder});
  EXPECT_THAT(project.files, ElementsAre("config.py", "points.csv"));
  EXPECT_THAT(project.commands, ElementsAre("millrace train config.py"));
  const auto rows = project_lines(fs::path(folder) / "points.csv");
  ASSERT_EQ(rows.size(), 1501u);
  EXPECT_EQ(rows[0], "x,y,arm");
  for (const char* arm : {"red", "green", "blue"})
    EXPECT_EQ(std::count_if(rows.begin(), rows.end(), [&](const auto& row) { return row.ends_with(arm); }), 500) << arm;
  // The point of the middle of the first arm, by the formula, within the noise.
  std::istringstream middle(rows[1 + 3 * 249]);
  double x = 0, y = 0;
  char comma = 0;
  middle >> x >> comma >> y;
  EXPECT_NEAR(x, 0.5 * std::cos(2.0), 0.021);
  EXPECT_NEAR(y, 0.5 * std::sin(2.0), 0.021);
  EXPECT_EQ(Config::from_file(folder + "/config.py").tree.find("train_cfg")->find("max_epochs")->as_integer(), 30);
}

TEST(Project, SplitsAFifthOfEachClassOff) {
  const ScratchFolder scratch;
  for (int i = 0; i < 10; ++i) write_project_file(scratch.path() / "photos" / "hat" / (std::to_string(i) + ".jpg"));
  for (int i = 0; i < 5; ++i) write_project_file(scratch.path() / "photos" / "a shoe's" / (std::to_string(i) + ".PNG"));
  write_project_file(scratch.path() / "photos" / "hat" / "notes.txt");
  const std::string folder = (scratch.path() / "shop").string();
  const Project project = write_project({.folder = folder, .data = (scratch.path() / "photos").string()});
  EXPECT_THAT(project.facts, ElementsAre("15 images of 2 classes: 12 to train, 3 to validate", "  a shoe's  4 + 1",
                                         "  hat       8 + 2", "1 file skipped: 1 .txt"));
  EXPECT_THAT(project_lines(fs::path(folder) / "val.txt"),
              ElementsAre("a shoe's/4.PNG 0", "hat/4.jpg 1", "hat/9.jpg 1"));
  EXPECT_EQ(project_lines(fs::path(folder) / "train.txt").size(), 12u);
  const Config config = Config::from_file(folder + "/config.py");
  const Value& dataset = *config.tree.find("train_dataloader")->find("dataset");
  EXPECT_EQ(dataset.find("data_prefix")->as_string(), fs::canonical(scratch.path() / "photos").string());
  EXPECT_EQ(dataset.find("classes")->repr(100), "[\"a shoe's\", 'hat']");
  EXPECT_EQ(config.tree.find("model")->find("head")->find("num_classes")->as_integer(), 2);
}

TEST(Project, TakesASplitThatIsThere) {
  const ScratchFolder scratch;
  const fs::path photos = scratch.path() / "photos";
  for (const char* path :
       {"train/a/1.jpg", "train/b/2.jpg", "train/b/3.jpg", "validation/a/4.jpg", "validation/b/5.jpg"})
    write_project_file(photos / path);
  const std::string folder = (scratch.path() / "shop").string();
  write_project({.folder = folder, .data = photos.string()});
  EXPECT_THAT(project_lines(fs::path(folder) / "train.txt"),
              ElementsAre("train/a/1.jpg 0", "train/b/2.jpg 1", "train/b/3.jpg 1"));
  EXPECT_THAT(project_lines(fs::path(folder) / "val.txt"), ElementsAre("validation/a/4.jpg 0", "validation/b/5.jpg 1"));
}

/// What a config says of how long and in which steps it trains.
struct Schedule {
  int64_t batch_size, epochs, warmup_epochs;
  bool operator==(const Schedule&) const = default;
};

Schedule schedule_of(int64_t train_images) {
  const ScratchFolder scratch;
  for (const char* name : {"hat", "shoe"}) {
    write_project_file(scratch.path() / "photos" / "val" / name / "1.jpg");
    for (int64_t i = 0; i < train_images / 2; ++i)
      write_project_file(scratch.path() / "photos" / "train" / name / (std::to_string(i) + ".jpg"));
  }
  const std::string folder = (scratch.path() / "shop").string();
  write_project({.folder = folder, .data = (scratch.path() / "photos").string()});
  const Value tree = Config::from_file(folder + "/config.py").tree;
  const auto& schedulers = tree.find("param_scheduler")->items();
  EXPECT_EQ(schedulers[0].find("end")->as_integer(), schedulers[1].find("begin")->as_integer());
  return {tree.find("train_dataloader")->find("batch_size")->as_integer(),
          tree.find("train_cfg")->find("max_epochs")->as_integer(), schedulers[0].find("end")->as_integer()};
}

TEST(Project, TrainsFewImagesInMorePassesAndSmallerBatches) {
  EXPECT_EQ(schedule_of(256), (Schedule{32, 30, 1}));
  EXPECT_EQ(schedule_of(160), (Schedule{32, 50, 2})) << "5 steps an epoch";
  EXPECT_EQ(schedule_of(60), (Schedule{16, 60, 2})) << "4 steps";
  EXPECT_EQ(schedule_of(20), (Schedule{4, 50, 2})) << "5 steps";
  EXPECT_EQ(schedule_of(8), (Schedule{4, 120, 4}));
  EXPECT_EQ(schedule_of(2), (Schedule{4, 120, 8})) << "a step an epoch";
}

TEST(Project, RefusesNamesThatAListOfFilesCannotHold) {
  for (const char* name : {" cat", "c\nat"}) {
    const ScratchFolder scratch;
    for (int i = 0; i < 5; ++i)
      for (const char* each : {name, "dog"})
        write_project_file(scratch.path() / "in" / each / (std::to_string(i) + ".jpg"));
    const std::string said =
        refusal_of({.folder = (scratch.path() / "out").string(), .data = (scratch.path() / "in").string()});
    EXPECT_THAT(said, HasSubstr(name[0] == ' ' ? "the path ' cat/0.jpg' has" : "the path 'c\\nat/0.jpg' has"));
    EXPECT_FALSE(fs::exists(scratch.path() / "out"));
  }
}

TEST(Project, NamesTwentyClassesAtMost) {
  const ScratchFolder scratch;
  for (int i = 0; i < 23; ++i)
    for (const char* name : {"1.jpg", "2.jpg", "3.jpg", "4.jpg", "5.jpg"})
      write_project_file(scratch.path() / "photos" / std::to_string(100 + i) / name);
  const Project project =
      write_project({.folder = (scratch.path() / "shop").string(), .data = (scratch.path() / "photos").string()});
  ASSERT_EQ(project.facts.size(), 22u);
  EXPECT_EQ(project.facts[20], "  119  4 + 1");
  EXPECT_EQ(project.facts[21], "  and 3 more");
}

TEST(Project, RefusesWhatCanNotBecomeOne) {
  const ScratchFolder scratch;
  write_project_file(scratch.path() / "full" / "notes.txt");
  EXPECT_THAT(refusal_of({.folder = (scratch.path() / "full").string()}), HasSubstr("the folder is not empty"));

  const std::string shop = (scratch.path() / "shop").string();
  EXPECT_THAT(refusal_of({.folder = shop, .data = (scratch.path() / "nowhere").string()}),
              HasSubstr("there is no such folder"));
  EXPECT_THAT(refusal_of({.folder = shop, .data = (scratch.path() / "full").string()}),
              HasSubstr("there are no folders of images in it"));
  write_project_file(scratch.path() / "photos" / "hat" / "1.jpg");
  EXPECT_THAT(refusal_of({.folder = shop, .data = (scratch.path() / "photos").string()}),
              HasSubstr("a classifier needs two"));
  EXPECT_THAT(refusal_of({.folder = shop, .data = "x", .cmake = true}), HasSubstr("two kinds of project"));
  EXPECT_FALSE(fs::exists(shop)) << "a refused project leaves nothing behind";
}

}  // namespace
}  // namespace millrace
