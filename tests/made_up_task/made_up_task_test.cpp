// A task that no room of millrace/ knows: its library lies beside the others in the folder of a copy of the command.
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/base/text.h"
#include "millrace/data/imaging.h"
#include "millrace/io/file.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/instances.h"
#include "tests/made_up_task/spots/spot_dataset.h"
#include "tests/made_up_task/spots/spot_keys.h"
#include "tests/made_up_task/spots/spot_metric.h"
#include "tests/made_up_task/spots/spot_view.h"
#include "tests/support/needs_imaging.h"
#include "tests/support/places.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace::spots {
namespace {

using testing::AllOf;
using testing::DoubleNear;
using testing::Gt;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

/// A training of the task, made once for all tests.
class MadeUpTask : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder();
    trained_ = new ProcessResult(run({"train", config(), "--work-dir", path("work")}));
  }
  static void TearDownTestSuite() {
    delete trained_;
    delete folder_;
  }
  static std::string config() { return source_path("/tests/made_up_task/spots.py"); }
  static std::string path(const std::string& name) { return *folder_ / name; }
  static ProcessResult run(std::vector<std::string> words) {
    words.insert(words.begin(), build_path("/tests/with_spots/bin/millrace"));
    return run_process(words);
  }
  static std::string line_after(const std::string& text, const std::string& label) {
    for (const std::string& line : split(text, '\n'))
      if (trim(line).starts_with(label)) return std::string(trim(trim(line).substr(label.size())));
    return {};
  }
  /// An image of the test data as a file, twice as large.
  static std::string photo(int64_t index) {
    const SpotDataset data({.images = 1000000});
    const at::Tensor image = data.get(index).tensor(keys::img);
    const std::string file = path("spots_" + std::to_string(index) + ".png");
    std::ofstream(file, std::ios::binary) << imaging().encode(
        image.repeat_interleave(2, 0).repeat_interleave(2, 1).contiguous(), file, ImageReading::Order::bgr);
    return file;
  }

  static ScratchFolder* folder_;
  static ProcessResult* trained_;
};
ScratchFolder* MadeUpTask::folder_ = nullptr;
ProcessResult* MadeUpTask::trained_ = nullptr;

TEST_F(MadeUpTask, IsTrainedLikeAnyOther) {
  ASSERT_EQ(trained_->exit_code, 0) << trained_->error;
  EXPECT_GT(std::stod(line_after(trained_->output, "spots/recall")), 80) << trained_->output;
  EXPECT_TRUE(std::filesystem::exists(line_after(trained_->output, "best checkpoint")));
}

TEST_F(MadeUpTask, HasItsComponentsListed) {
  EXPECT_THAT(run({"list", "SpotNet"}).output, HasSubstr("threshold"));
  EXPECT_THAT(run({"list", "TaskView"}).output, AllOf(HasSubstr("SpotView"), HasSubstr("ClassificationView")));
  EXPECT_THAT(
      run({"config", "validate", config(), "model.widht=3"}).error + run({"train", config(), "model.widht=3"}).error,
      HasSubstr("did you mean 'width'?"));
}

TEST_F(MadeUpTask, HasTheReportOfItsTest) {
  const ProcessResult result =
      run({"test", config(), path("work/epoch_12.pth"), "--work-dir", path("tested"), "--show", "6"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, AllOf(HasSubstr("sample  prediction\n"), HasSubstr("disc    ")));
  EXPECT_THAT(result.output, testing::ContainsRegex("     0  [0-9] spots?"));
  EXPECT_THAT(io::read_file(line_after(result.output, "spots  ")), StartsWith("spot,there,found\ndisc,"));
  EXPECT_GT(std::stod(line_after(result.output, "spots/mask_iou")), 60);

  const std::string page = path("page.html");
  ASSERT_EQ(run({"report", path("tested"), "-o", page}).exit_code, 0);
  EXPECT_THAT(io::read_file(page), AllOf(HasSubstr("<h2>Spots</h2>"), HasSubstr("<th class=\"n\">found</th>")));
}

TEST_F(MadeUpTask, OfContributingIsTrainedAsThePageSays) {
  const std::string shown = build_path("/docs/configs/levels/level_net.py");
  const ProcessResult result = run({"train", shown, "--work-dir", path("levels")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_TRUE(std::filesystem::exists(path("levels/epoch_40.pth"))) << result.output;
  EXPECT_THAT(run({"list", "LevelNet"}).output, StartsWith("levels.LevelNet"));
}

TEST_F(MadeUpTask, DrawsPicturesWhileItValidates) {
  const ProcessResult result =
      run({"train", config(), "--work-dir", path("drawn"), "train_cfg.max_epochs=1", "train_cfg.val_interval=1",
           "default_hooks.visualization.type=VisualizationHook", "default_hooks.visualization.enable=True",
           "default_hooks.visualization.interval=20", "default_hooks.visualization.out_dir=" + path("pictures")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  if (!has_imaging()) GTEST_SKIP() << "this build has no imaging library";
  const at::Tensor picture = read_image(path("pictures/20_1.png"));
  const at::Tensor green = picture.eq(at::tensor({90, 200, 40}, at::kByte)).all(-1);
  EXPECT_THAT(green.sum().item<int64_t>(), Gt(20)) << "no outline of a true spot";
}

TEST_F(MadeUpTask, PredictsFiles) {
  if (!has_imaging()) GTEST_SKIP() << "this build has no imaging library";
  const int64_t index = 1003;
  const ProcessResult result = run(
      {"predict", config(), path("work/epoch_12.pth"), photo(index), "--json", "--topk", "5", "--out", path("out")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto object = nlohmann::json::parse(result.output);
  EXPECT_THAT(object["spots"], SizeIs(Gt(0)));
  EXPECT_THAT(object["spots"][0]["bbox"], SizeIs(4));
  const at::Tensor picture = read_image(object["picture"].get<std::string>());
  EXPECT_EQ(picture.size(1), 384) << "three times the 128 pixels of the file";

  const ProcessResult line = run({"predict", path("work/epoch_12.pth"), photo(index)});
  EXPECT_THAT(line.output, testing::ContainsRegex("\\.png: [0-9] spots?: (disc|square) [0-9]+% at \\("));
}

/// Two images: a disc that is found and a square that is missed; a square found as a disc.
Batch two_images() {
  const auto mask = [](const std::vector<std::array<int64_t, 4>>& squares) {
    at::Tensor masks = at::zeros({static_cast<int64_t>(squares.size()), 40, 40}, at::kByte);
    for (size_t i = 0; i < squares.size(); ++i) {
      const auto& [x1, y1, x2, y2] = squares[i];
      masks[static_cast<int64_t>(i)].narrow(0, y1, y2 - y1).narrow(1, x1, x2 - x1).fill_(1);
    }
    return State(masks);
  };
  Batch batch(2);
  Instances truth = Instances::of_images(std::array<int64_t, 2>{2, 1});
  truth.set(kBboxes, at::tensor({0.F, 0.F, 10.F, 10.F, 20.F, 20.F, 30.F, 30.F, 5.F, 5.F, 15.F, 15.F}).view({3, 4}));
  truth.set(kLabels, at::tensor({0, 1, 1}, at::kLong));
  truth.set_list(kMasks, {mask({{0, 0, 10, 10}, {20, 20, 30, 30}}), mask({{5, 5, 15, 15}})});
  Instances found = Instances::of_images(std::array<int64_t, 2>{1, 1});
  found.set(kBboxes, at::tensor({0.F, 0.F, 10.F, 8.F, 5.F, 5.F, 15.F, 15.F}).view({2, 4}));
  found.set(kLabels, at::tensor({0, 0}, at::kLong));
  found.set(kScores, at::tensor({0.9F, 0.8F}));
  batch.set_instances(kTruth, truth);
  batch.set_instances(kFound, found);
  return batch;
}

TEST(SpotMetric, CountsWhatIsFoundUnderItsClass) {
  SpotMetric metric;
  metric.process(two_images());
  const MetricMap figures = metric.compute();
  EXPECT_THAT(figures.find("recall")->number(), DoubleNear(100.0 / 3, 1e-9));
  EXPECT_THAT(figures.find("precision")->number(), DoubleNear(50, 1e-9));
}

TEST(SpotMetric, OfSeveralRanksIsThatOfOne) {
  SpotMetric first, idle, main;
  first.process(two_images());
  main.process(two_images());
  main.absorb(idle.partial());
  main.absorb(first.partial());
  EXPECT_THAT(main.compute().find("recall")->number(), DoubleNear(100.0 / 3, 1e-9));
}

TEST(SpotView, ReportsEachClass) {
  SpotView view;
  view.begin_report(State::dict({{"classes", State::list({"disc", "square"})}}));
  view.add_to_report(two_images());
  EXPECT_EQ(view.report().text, "disc    1 of 1 found\nsquare  0 of 2 found\n");
}

TEST(SpotView, NamesTheBest) {
  const Sample row = two_images().row(0);
  EXPECT_EQ(SpotView().line(row, {}, 3), "1 spot: 0 90% at (0, 0, 10, 8)");
}

}  // namespace
}  // namespace millrace::spots
