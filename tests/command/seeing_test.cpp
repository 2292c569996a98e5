#include <gmock/gmock.h>

#include "millrace/data/imaging.h"
#include "millrace/io/file.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

class Seeing : public SmallRun {
 protected:
  ProcessResult test(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {kProgram,     "test",        config_, path("work/epoch_1.pth"),
                                          "--work-dir", path("tested")};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_process(arguments);
  }
};

TEST_F(Seeing, ATestShowsEachClassAndLeavesAMatrixAndPictures) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1"}).exit_code, 0);
  const ProcessResult result = test({"--show", "7"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_THAT(result.output, HasSubstr("class                precision  recall"));
  EXPECT_THAT(result.output, HasSubstr("label \\ predicted"));
  EXPECT_THAT(io::read_file(line_after(result.output, "confusion matrix")), HasSubstr("<svg xmlns"));

  // Two rows of five pictures of 140 pixels with a caption; read by another decoder than ours.
  const std::string sheet = line_after(result.output, "pictures");
  const at::Tensor image = read_image(sheet);
  EXPECT_EQ(image.sizes(), (std::vector<int64_t>{2 * (140 + 42 + 8) + 8, 5 * (140 + 8) + 8, 3}));

  const auto counts = nlohmann::json::parse(io::read_file(files_named("classes.json", "tested").at(0).string()));
  int64_t samples = 0, right = 0;
  for (size_t truth = 0; truth < 10; ++truth)
    for (size_t said = 0; said < 10; ++said) {
      samples += counts["counts"][truth][said].get<int64_t>();
      if (truth == said) right += counts["counts"][truth][said].get<int64_t>();
    }
  EXPECT_EQ(samples, 40);
  EXPECT_NEAR(std::stod(line_after(result.output, "accuracy/top1")), 100.0 * static_cast<double>(right) / 40, 1e-3);
}

TEST_F(Seeing, TheMetricIsTheMatrixOfTheReport) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1"}).exit_code, 0);
  const std::string matrix =
      write("matrix.py", "_base_ = 'small.py'\ntest_evaluator = dict(_delete_=True, type='ConfusionMatrix')\n");
  const ProcessResult result =
      run_process({kProgram, "test", matrix, path("work/epoch_1.pth"), "--work-dir", path("tested")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const auto folder = files_named("classes.json", "tested").at(0).parent_path();
  const auto report = nlohmann::json::parse(io::read_file((folder / "classes.json").string()));
  const auto metrics = nlohmann::json::parse(io::read_file((folder / (folder.filename().string() + ".json")).string()));
  EXPECT_EQ(metrics["confusion_matrix/result"], report["counts"]);
}

TEST_F(Seeing, TheHookDrawsEachSampleOfItsInterval) {
  const std::string config =
      write("drawn.py",
            "_base_ = 'small.py'\n"
            "default_hooks = dict(visualization=dict(type='VisualizationHook', enable=True, interval=15, resize=56))\n"
            "visualizer = dict(vis_backends=[dict(type='LocalVisBackend'), dict(type='TensorboardVisBackend')])\n");
  ASSERT_EQ(run_process({kProgram, "train", config, "--work-dir", path("work")}).exit_code, 0);
  for (const char* name : {"0_1.png", "15_1.png", "30_1.png", "0_2.png", "15_2.png", "30_2.png"})
    EXPECT_THAT(files_named(name), SizeIs(1u)) << name;
  EXPECT_THAT(files_named("45_1.png"), SizeIs(0u));
  EXPECT_THAT(files_named("events.out.tfevents.millrace"), SizeIs(1u));
  const at::Tensor image = read_image(files_named("0_1.png").at(0).string());
  EXPECT_EQ(image.sizes(), (std::vector<int64_t>{56 + 42, 56, 3}));
}

TEST_F(Seeing, AResumedRunHasTheEventsOfAnUnbrokenOne) {
  const std::string config =
      write("events.py", "_base_ = 'small.py'\nvisualizer = dict(vis_backends=[dict(type='TensorboardVisBackend')])\n");
  const auto size_of = [&](const std::string& folder) {
    const auto files = files_named("events.out.tfevents.millrace", folder);
    return files.size() == 1 ? std::filesystem::file_size(files[0]) : 0;
  };
  ASSERT_EQ(run_process({kProgram, "train", config, "--work-dir", path("long1")}).exit_code, 0);
  ASSERT_EQ(run_process({kProgram, "train", config, "--work-dir", path("long2")}).exit_code, 0);
  // The second run goes on from its first epoch, once it has ended: what came after is cut.
  ASSERT_EQ(
      run_process({kProgram, "train", config, "--work-dir", path("long2"), "--resume=" + path("long2/epoch_1.pth")})
          .exit_code,
      0);
  EXPECT_GT(size_of("long1"), 0u);
  EXPECT_EQ(size_of("long2"), size_of("long1"));
}

TEST_F(Seeing, AReportShowsTheRunAndItsTest) {
  ASSERT_EQ(train({"train_cfg.max_epochs=1"}).exit_code, 0);
  const ProcessResult tested =
      run_process({kProgram, "test", config_, path("work/epoch_1.pth"), "--work-dir", path("work"), "--show", "3"});
  ASSERT_EQ(tested.exit_code, 0) << tested.error;
  const ProcessResult result = run_process({kProgram, "report", path("work"), "-o", path("page.html")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const std::string html = io::read_file(path("page.html"));
  for (const char* part : {"<b>loss</b>", "class=\"matrix\"", "samples.png", "<th>instruction set</th>"})
    EXPECT_NE(html.find(part), std::string::npos) << part;
}

}  // namespace
}  // namespace millrace
