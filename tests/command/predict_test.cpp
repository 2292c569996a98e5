#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <gmock/gmock.h>

#include <cmath>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/data/imaging.h"
#include "millrace/io/file.h"
#include "tests/command/small_run.h"
#include "tests/support/needs_imaging.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

/// A network that was trained for two epochs on images of one channel, and some of them as files.
class PredictCommand : public SmallRun {
 protected:
  PredictCommand() {
    if (!has_imaging()) return;
    EXPECT_EQ(train({"train_cfg.max_epochs=1", "--limit-batches", "2", "--no-validate"}).exit_code, 0);
    checkpoint_ = path("work/epoch_1.pth");
    std::filesystem::create_directories(path("photos/more"));
    for (const char* name : {"photos/1.png", "photos/2.png", "photos/more/1.png"}) {
      const at::Tensor grey = at::arange(28 * 28).remainder(251).to(at::kByte).view({28, 28, 1});
      write(name, imaging().encode(grey, name, ImageReading::Order::bgr));
    }
  }
  void SetUp() override {
    if (!has_imaging()) GTEST_SKIP() << "this build has no imaging library";
  }
  ProcessResult predict(std::vector<std::string> words) const {
    words.insert(words.begin(), {kProgram, "predict"});
    return run_process(words);
  }
  std::string checkpoint_;
};

TEST_F(PredictCommand, PrintsALineForEachImageOfAFolder) {
  const ProcessResult result = predict({config_, checkpoint_, path("photos")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const std::vector<std::string> lines = split(result.output, '\n');
  ASSERT_EQ(lines.size(), 4U) << result.output;
  EXPECT_THAT(lines[0], StartsWith(path("photos/1.png") + ": "));
  EXPECT_THAT(lines[2], StartsWith(path("photos/more/1.png") + ": "));
  EXPECT_EQ(std::count(lines[0].begin(), lines[0].end(), '%'), 3) << lines[0];
}

TEST_F(PredictCommand, RefusesWeightsThatAreNotFiniteAsTestDoes) {
  State checkpoint = load_checkpoint_file(checkpoint_);
  checkpoint["state_dict"]["head.fc.bias"] = at::full({10}, std::nan(""));
  save_checkpoint_file(path("broken.pth"), checkpoint);
  const std::string said = path("broken.pth") +
                           ": the weights are not finite: the first such tensor is head.fc.bias\n"
                           "  use an earlier checkpoint of the run\n";
  for (const ProcessResult& result :
       {predict({config_, path("broken.pth"), path("photos")}),
        run_process({kProgram, "test", config_, path("broken.pth"), "--work-dir", path("tested")}),
        train({"--load-from", path("broken.pth"), "--work-dir", path("again")}),
        train({"--resume=" + path("broken.pth"), "--work-dir", path("again")})}) {
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.error, HasSubstr(said));
  }
}

TEST_F(PredictCommand, NeedsNoConfigWhereTheCheckpointHoldsOne) {
  const ProcessResult with = predict({config_, checkpoint_, path("photos")});
  const ProcessResult without = predict({checkpoint_, path("photos"), "--batch-size", "2", "--workers", "0"});
  EXPECT_EQ(without.exit_code, 0) << without.error;
  EXPECT_EQ(without.output, with.output);
}

TEST_F(PredictCommand, WritesAnObjectALine) {
  const ProcessResult result = predict({checkpoint_, path("photos/*.png"), "--json", "--topk", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  const std::vector<std::string> lines = split(result.output, '\n');
  ASSERT_EQ(lines.size(), 3U) << result.output;
  const nlohmann::json said = nlohmann::json::parse(lines[1]);
  EXPECT_EQ(said["file"], path("photos/2.png"));
  EXPECT_THAT(said["top"], SizeIs(2));
  EXPECT_EQ(said["top"][0]["class"], said["class"]);
  EXPECT_GE(said["score"].get<double>(), said["top"][1]["score"].get<double>());
}

TEST_F(PredictCommand, DrawsPicturesUnderNamesOfTheirOwn) {
  const ProcessResult result = predict({checkpoint_, path("photos"), "--out", path("pics")});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  for (const char* name : {"pics/1.png", "pics/2.png", "pics/more_1.png"}) {
    EXPECT_THAT(result.output, HasSubstr(path(name)));
    const at::Tensor picture = read_image(path(name));
    EXPECT_EQ(picture.size(1), 448);
    EXPECT_GT(picture.size(0), 448) << "the lines stand below the image";
  }
}

TEST_F(PredictCommand, DrawsOverItsOwnPicturesButOverNoOtherFile) {
  const std::string mine = io::read_file(path("photos/1.png"));
  const ProcessResult first =
      predict({checkpoint_, path("photos/1.png"), path("photos/2.png"), "--out", path("photos")});
  ASSERT_EQ(first.exit_code, 0) << first.error;
  EXPECT_THAT(first.output,
              AllOf(HasSubstr("  " + path("photos/photos_1.png")), HasSubstr(path("photos/photos_2.png"))));
  EXPECT_EQ(io::read_file(path("photos/1.png")), mine);

  // What was drawn there is neither an input nor in the way.
  const ProcessResult again = predict({checkpoint_, path("photos"), "--out", path("photos")});
  EXPECT_EQ(again.error, path("photos") + ": 2 pictures that predict drew here before are skipped\n");
  EXPECT_THAT(again.output, AllOf(HasSubstr(first.output), HasSubstr("  " + path("photos/more_1.png"))));
  EXPECT_EQ(io::list_folder(path("photos")).size(), 6U);
  EXPECT_EQ(io::read_file(path("photos/1.png")), mine);
}

TEST_F(PredictCommand, LeavesAlsoALinkThatLeadsNowhere) {
  std::filesystem::create_directories(path("pics"));
  std::filesystem::create_symlink(path("gone.png"), path("pics/1.png"));
  const ProcessResult result = predict({checkpoint_, path("photos/1.png"), "--out", path("pics")});
  EXPECT_THAT(result.output, HasSubstr("  " + path("pics/photos_1.png")));
  EXPECT_TRUE(std::filesystem::is_symlink(path("pics/1.png")));
}

TEST_F(PredictCommand, GoesOnBehindWordsThatNameNoImage) {
  std::filesystem::create_directories(path("empty"));
  const ProcessResult result = predict({checkpoint_, path("no*.jpg"), path("photos/1.png"), path("empty")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, StartsWith(path("photos/1.png") + ": "));
  EXPECT_EQ(result.error,
            path("no*.jpg") + ": no file fits the pattern\n" + path("empty") + ": there are no images in the folder\n");
  const ProcessResult json = predict({checkpoint_, path("no*.jpg"), path("photos/1.png"), "--json"});
  EXPECT_EQ(json.exit_code, 2);
  const auto missed = nlohmann::json::parse(split(json.output, '\n')[0]);
  EXPECT_EQ(missed["file"], path("no*.jpg"));
  EXPECT_EQ(missed["error"], path("no*.jpg") + ": no file fits the pattern");
  EXPECT_TRUE(nlohmann::json::parse(split(json.output, '\n')[1]).contains("class")) << json.output;
}

TEST_F(PredictCommand, TakesAFileThatLooksLikeAnOverrideBehindTwoDashes) {
  write("k=v.png", io::read_file(path("photos/1.png")));
  const std::string there = "cd " + folder_.path().string() + " && " + kProgram + " predict " + checkpoint_ + " ";
  EXPECT_EQ(shell(there + "k=v.png").error,
            "millrace: predict needs FILE\n  help: ./k=v.png names the file, k=v.png is an override\n");
  for (const char* words : {"./k=v.png", "-- k=v.png"}) {
    const ProcessResult result = shell(there + words);
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.output, HasSubstr("k=v.png: "));
  }
}

TEST_F(PredictCommand, CountsTheFilesOfAFolderThatItSkips) {
  for (const char* name : {"photos/a.heic", "photos/b.HEIC", "photos/notes.txt", "photos/._1.png"}) write(name, "x");
  const ProcessResult result = predict({checkpoint_, path("photos")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.error, "3 files skipped: 2 .heic, 1 .txt\n");
}

TEST_F(PredictCommand, GoesOnBehindAFileThatIsNoImage) {
  write("photos/1b.png", "no image");
  const ProcessResult result = predict({checkpoint_, path("photos"), path("absent.png")});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(split(result.output, '\n'), SizeIs(4)) << result.output;
  EXPECT_EQ(result.error, path("photos/1b.png") +
                              ": not an image that can be read: neither JPEG, PNG, WebP, BMP nor TIFF\n" +
                              path("absent.png") + ": no such file\n");
  const ProcessResult json = predict({checkpoint_, path("photos"), "--json"});
  EXPECT_EQ(json.exit_code, 2);
  EXPECT_THAT(json.error, IsEmpty());
  EXPECT_TRUE(nlohmann::json::parse(split(json.output, '\n')[1]).contains("error")) << json.output;
}

TEST_F(PredictCommand, RefusesWhatDoesNotFit) {
  EXPECT_EQ(predict({checkpoint_}).error, "millrace: predict needs FILE\n  help: millrace predict --help\n");
  EXPECT_EQ(predict({config_}).error, "millrace: predict needs CHECKPOINT\n  help: millrace predict --help\n");
  const ProcessResult other = predict({config_, checkpoint_, path("photos"), "model.backbone.hidden=17"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error, HasSubstr("tensors do not fit the model"));
  const ProcessResult absent = predict({config_, path("none.pth"), path("photos")});
  EXPECT_EQ(absent.exit_code, 2);
  EXPECT_THAT(absent.error, HasSubstr("none.pth"));
}

}  // namespace
}  // namespace millrace
