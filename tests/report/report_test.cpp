#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "millrace/base/error.h"
#include "millrace/io/file.h"
#include "millrace/picture/png.h"
#include "millrace/picture/rgb_image.h"
#include "millrace/report/report_page.h"
#include "tests/support/scratch_folder.h"
#include "tests/support/subprocess.h"

namespace millrace {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::StartsWith;
using testing::ThrowsMessage;

constexpr const char* kProgram = MILLRACE_BINARY_DIR "/bin/millrace";

/// Run folders as a training and a test leave them.
class Report : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream(path(name), std::ios::binary) << content;
  }
  void write_training(const std::string& run, double lr, double accuracy) const {
    std::string records;
    for (int i = 1; i <= 6; ++i)
      records += fmt::format("{{\"lr\": {}, \"loss\": {}, \"epoch\": {}, \"iter\": {}, \"step\": {}}}\n", lr, 2.0 / i,
                             i <= 3 ? 1 : 2, i * 10, i * 10);
    records += fmt::format("{{\"accuracy/top1\": {}, \"step\": 1}}\n{{\"accuracy/top1\": {}, \"step\": 2}}\n",
                           accuracy - 3, accuracy);
    write(run + "/vis_data/scalars.json", records);
    write(run + "/config.py",
          fmt::format("optim_wrapper = dict(optimizer=dict(type='SGD', lr={}))\nnote = '</script><b>'\n", lr));
    write(run + "/summary.json",
          fmt::format("{{\"best\": {{\"metric\": \"accuracy/top1\", \"value\": {0}, \"epoch\": 2, \"iter\": 60, "
                      "\"checkpoint\": null}}, \"train_seconds\": 75.0, \"samples_per_second\": 512.0, \"iters\": 60}}",
                      accuracy));
    write(run + "/environment.json", "{\"host\": \"mill\", \"memory\": \"7.6 GiB\"}");
  }
  void write_test(const std::string& run) const {
    write(run + "/vis_data/scalars.json", "");
    write(run + "/" + std::filesystem::path(run).filename().string() + ".json",
          "{\"accuracy/top1\": 90.5, \"time\": 0.1}");
    write(run + "/classes.json", "{\"classes\": [\"cat\", \"dog\"], \"counts\": [[3, 1], [2, 4]]}");
    write(run + "/samples.png", encode_png(RgbImage(8, 8, {200, 0, 0})));
  }
  std::string page(const std::vector<std::string>& names) const {
    std::vector<RunRecord> runs;
    for (const std::string& name : names) runs.push_back(read_run(path(name)));
    name_runs(runs);
    return report_page(runs);
  }

  ScratchFolder folder_;
};

TEST_F(Report, ReadsTheNewestTrainingOfAWorkDirAndItsTest) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write_training("shop/20260102_000000", 0.2, 90.5);
  write_test("shop/20260103_000000");
  const RunRecord run = read_run(path("shop"));
  EXPECT_EQ(run.folder, "20260102_000000");
  EXPECT_EQ(run.best, 90.5);
  EXPECT_THAT(run.tested, ElementsAre(Pair("accuracy/top1", "90.5000")));
  ASSERT_TRUE(run.confusion);
  EXPECT_EQ(run.confusion->count(1, 0), 2);
  EXPECT_THAT(run.pictures, SizeIs(1u));
}

TEST_F(Report, GivesATestToTheRunBeforeItAlone) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write_training("shop/20260102_000000", 0.2, 90.5);
  write_test("shop/20260103_000000");
  EXPECT_FALSE(read_run(path("shop/20260101_000000")).confusion);
}

TEST_F(Report, ReadsARunThatWasKilled) {
  write("shop/20260101_000000/vis_data/scalars.json", "{\"loss\": 1.5, \"iter\": 1, \"step\": 1}\n{\"loss\": 1.");
  write("shop/20260101_000000/config.py", "model = dict(");
  const std::string html = page({"shop"});
  EXPECT_THAT(html, HasSubstr("under way or cut off"));
  EXPECT_THAT(html, HasSubstr("<b>loss</b>"));
}

TEST_F(Report, SaysThatThereIsNoRun) {
  write("empty/notes.txt", "");
  EXPECT_THAT([&] { read_run(path("empty")); }, ThrowsMessage<Error>(HasSubstr("empty: no run was made here")));
  EXPECT_THAT([&] { read_run(path("nowhere")); }, ThrowsMessage<Error>(HasSubstr("nowhere: there is no such folder")));
  EXPECT_THAT([&] { read_run(path("empty/notes.txt")); }, ThrowsMessage<Error>(HasSubstr("not the folder of a run")));
}

TEST_F(Report, OfOneRunShowsFiguresCurvesClassesPicturesAndTheConfig) {
  write_training("shop/20260102_000000", 0.2, 90.5);
  write_test("shop/20260103_000000");
  const std::string html = page({"shop"});
  EXPECT_THAT(html, AllOf(StartsWith("<!doctype html>"), HasSubstr("<b>90.5000</b><small>at epoch 2</small>"),
                          HasSubstr("<b>0:01:15</b>"), HasSubstr("<b>loss</b>"), HasSubstr("<polyline class=\"s0\"")));
  EXPECT_THAT(html, AllOf(HasSubstr("cat taken for dog: 1 of 4"), HasSubstr("data:image/png;base64,iVBORw0KGgo"),
                          HasSubstr("<th>host</th><td>mill</td>"), HasSubstr("note = ")));
}

TEST_F(Report, OfSeveralRunsShowsWhatDiffersAndTheBest) {
  write_training("slow/20260101_000000", 0.1, 80.5);
  write_training("fast/20260102_000000", 0.2, 90.5);
  const std::string html = page({"slow", "fast"});
  EXPECT_THAT(html, HasSubstr("<th><code>optim_wrapper.optimizer.lr</code></th><td><code>0.1</code></td>"
                              "<td><code>0.2</code></td>"));
  EXPECT_THAT(html, HasSubstr("<td>accuracy/top1 80.5000 at epoch 2</td><td class=\"best\">accuracy/top1 90.5000"));
  EXPECT_THAT(html, HasSubstr("{\"name\":\"fast\",\"colour\":1,\"points\":[[10.0,2.0]"));
  EXPECT_THAT(html, Not(HasSubstr("<code>note</code>")));
}

TEST_F(Report, TellsRunsOfOneWorkDirApart) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write_training("shop/20260102_000000", 0.2, 90.5);
  const std::string html = page({"shop/20260101_000000", "shop/20260102_000000"});
  EXPECT_THAT(html, HasSubstr("shop/20260101_000000"));
}

TEST_F(Report, LetsNoTextOfARunBecomePartOfThePage) {
  write_training("<img src=x>/20260101_000000", 0.1, 80.5);
  const std::string html = page({"<img src=x>"});
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("</script><b>")));
}

TEST_F(Report, AsksForNothingOutsideOfThePage) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  std::string html = page({"shop"});
  const std::string name = "http://www.w3.org/2000/svg";  // of a namespace
  for (size_t at = html.find(name); at != std::string::npos; at = html.find(name)) html.erase(at, name.size());
  for (const char* part : {"http:", "https:", "src=\"/", "url(", "@import", "<link"})
    EXPECT_THAT(html, Not(HasSubstr(part)));
}

TEST_F(Report, OfTheCommandReplacesAReportButNoOtherFile) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write("mine.html", "<p>mine</p>");
  const ProcessResult refused = run_process({kProgram, "report", path("shop"), "-o", path("mine.html")});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.error, HasSubstr("this file is there, and is no report"));
  for (int time = 0; time < 2; ++time) {
    const ProcessResult result = run_process({kProgram, "report", path("shop"), "-o", path("page.html")});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(result.output, path("page.html") + "\n");
  }
}

/// Debian's package chromium.
TEST_F(Report, OpensInABrowserWhoseScriptAnswersThePointer) {
  const char* const browser = "/usr/bin/chromium";
  if (!std::filesystem::exists(browser)) GTEST_SKIP() << browser << " is not there: the page is not opened";
  write_training("slow/20260101_000000", 0.1, 80.5);
  write_training("fast/20260102_000000", 0.2, 90.5);
  write_test("fast/20260103_000000");
  // Moves the pointer over the first chart and leaves in the page what the script made of it.
  const std::string probe =
      "<script>addEventListener('error', e => document.title = 'error ' + e.message);"
      "const plot = document.querySelector('svg.plot'), r = plot.getBoundingClientRect();"
      "plot.dispatchEvent(new PointerEvent('pointermove', {clientX: r.left + r.width / 2, clientY: r.top + 40}));"
      "</script>";
  write("page.html", page({"slow", "fast"}) + probe);
  const ProcessResult opened = run_process(
      {"/usr/bin/timeout", "120", browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
       "--user-data-dir=" + path("profile"), "--window-size=1280,2000", "--dump-dom", "file://" + path("page.html")});
  ASSERT_EQ(opened.exit_code, 0) << opened.error;
  EXPECT_THAT(opened.output, HasSubstr("<b>iteration 30</b>"));
  EXPECT_THAT(opened.output, HasSubstr("slow  0.666667"));
  EXPECT_THAT(opened.output, Not(HasSubstr("<title>error")));
}

}  // namespace
}  // namespace millrace
