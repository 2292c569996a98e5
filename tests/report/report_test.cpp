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
#include "tests/support/places.h"
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

const std::string kProgram = build_path("/bin/millrace");

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
  /// `best`: what stands in the best result beside its metric and value.
  void write_result(const std::string& run, const std::string& metric, const std::string& value,
                    const std::string& best) const {
    write(run + "/summary.json",
          fmt::format("{{\"best\": {{\"metric\": \"{}\", \"value\": {}, \"epoch\": 2{}}}, \"iters\": 60}}", metric,
                      value, best));
  }
  void write_test(const std::string& run) const {
    write(run + "/vis_data/scalars.json", "");
    write(run + "/" + std::filesystem::path(run).filename().string() + ".json",
          "{\"accuracy/top1\": 90.5, \"time\": 0.1}");
    write(run + "/test_report.json", sections_json({{"Classes",
                                                     {CountMatrix{{"cat", "dog"}, {3, 1, 2, 4}},
                                                      ReportTable{{"class", "F1"}, {{"<cat>", "66.67"}}}}}}));
    write(run + "/samples.png", encode_png(RgbImage(8, 8, {200, 0, 0})));
  }
  ProcessResult report(std::vector<std::string> words) const {
    words.insert(words.begin(), {kProgram, "report"});
    return run_process(words);
  }
  std::string page(const std::vector<std::string>& names) const {
    std::vector<RunRecord> runs;
    for (const std::string& name : names) runs.push_back(read_run(path(name)));
    name_runs(runs);
    return report_page(runs);
  }

  ScratchFolder folder_;
};

TEST_F(Report, TakesTheScalarsFromTheFileThatTheSummaryNames) {
  write("work/20260101_000000/vis_data/mine.json", "{\"loss\": 1.5, \"step\": 1}\n");
  write("work/20260101_000000/summary.json", "{\"iters\": 1, \"scalars\": \"../vis_data/mine.json\"}");
  EXPECT_EQ(read_run(path("work")).scalars, "{\"loss\": 1.5, \"step\": 1}\n");
}

TEST_F(Report, ReadsTheNewestTrainingOfAWorkDirAndItsTest) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write_training("shop/20260102_000000", 0.2, 90.5);
  write_test("shop/20260103_000000");
  const RunRecord run = read_run(path("shop"));
  EXPECT_EQ(run.folder, "20260102_000000");
  EXPECT_EQ(run.best, 90.5);
  EXPECT_THAT(run.tested, ElementsAre(Pair("accuracy/top1", "90.5000")));
  ASSERT_THAT(run.sections, SizeIs(1u));
  EXPECT_EQ(std::get<CountMatrix>(run.sections[0].parts[0]).count(1, 0), 2);
  EXPECT_THAT(run.pictures, SizeIs(1u));
}

TEST_F(Report, GivesATestToTheRunBeforeItAlone) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write_training("shop/20260102_000000", 0.2, 90.5);
  write_test("shop/20260103_000000");
  EXPECT_THAT(read_run(path("shop/20260101_000000")).sections, testing::IsEmpty());
}

TEST_F(Report, ReadsARunThatWasKilled) {
  write("shop/20260101_000000/vis_data/scalars.json", "{\"loss\": 1.5, \"iter\": 1, \"step\": 1}\n{\"loss\": 1.");
  write("shop/20260101_000000/config.py", "model = dict(");
  const std::string html = page({"shop"});
  EXPECT_THAT(html, HasSubstr("under way or cut off"));
  EXPECT_THAT(html, HasSubstr("<b>loss</b>"));
}

TEST_F(Report, LeavesOutTheReportOfATestThatWasCutOff) {
  write_training("shop/20260102_000000", 0.2, 90.5);
  write_test("shop/20260103_000000");
  write("shop/20260103_000000/test_report.json", "{\"sections\": [{\"title\": \"Cla");
  EXPECT_THAT(page({"shop"}), AllOf(Not(HasSubstr("<h2>Classes</h2>")), HasSubstr("<td>90.5000</td>")));
}

TEST_F(Report, PutsTheReportsOfSeveralTestsBelowOneHeading) {
  for (const char* run : {"a/20260102_000000", "b/20260102_000000"}) write_training(run, 0.2, 90.5);
  for (const char* run : {"a/20260103_000000", "b/20260103_000000"}) write_test(run);
  const std::string html = page({"a", "b"});
  const size_t heading = html.find("<h2>Classes</h2>");
  ASSERT_NE(heading, std::string::npos);
  EXPECT_EQ(html.find("<h2>Classes</h2>", heading + 1), std::string::npos);
  EXPECT_NE(html.find("class=\"matrix\"", html.find("class=\"matrix\"") + 1), std::string::npos);
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
  EXPECT_THAT(html, AllOf(HasSubstr("<h2>Classes</h2>"), HasSubstr("class=\"matrix\""),
                          HasSubstr("<tr><th>&lt;cat&gt;</th><td class=\"n\">66.67</td></tr>")));
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

struct MarkedRun {
  std::string metric, first, second, rule;
  std::optional<std::string> marked;  // the cell
};

class ReportOfTwoRuns : public Report, public testing::WithParamInterface<MarkedRun> {};

TEST_P(ReportOfTwoRuns, MarksTheBetterOneWhereItsMetricHasARule) {
  write_result("a/1", GetParam().metric, GetParam().first, GetParam().rule);
  write_result("b/1", GetParam().metric, GetParam().second, GetParam().rule);
  const std::string html = page({"a", "b"});
  if (GetParam().marked) EXPECT_THAT(html, HasSubstr("<td class=\"best\">" + *GetParam().marked + " at epoch 2</td>"));
  else EXPECT_THAT(html, Not(HasSubstr("<td class=\"best\">")));
}

INSTANTIATE_TEST_SUITE_P(Metrics, ReportOfTwoRuns,
                         testing::Values(MarkedRun{"RMSE", "0.1", "0.9", ", \"rule\": \"less\"", "RMSE 0.1000"},
                                         MarkedRun{"RMSE", "0.1", "0.9", ", \"rule\": null", std::nullopt},
                                         MarkedRun{"RMSE", "0.1", "0.9", "", std::nullopt},
                                         MarkedRun{"confidence", "0.9", "0.1", ", \"rule\": \"greater\"",
                                                   "confidence 0.9000"},
                                         MarkedRun{"accuracy/top1", "80.5", "90.5", "", "accuracy/top1 90.5000"},
                                         MarkedRun{"Val_Loss", "0.1", "0.9", "", "Val_Loss 0.1000"}));

TEST_F(Report, MarksAllThatAreBest) {
  for (const auto& [run, value] : {std::pair("a/1", "0.9"), {"b/1", "0.5"}, {"c/1", "0.9"}})
    write_result(run, "accuracy", value, "");
  EXPECT_THAT(page({"a", "b", "c"}), HasSubstr("<td class=\"best\">accuracy 0.9000 at epoch 2</td>"
                                               "<td>accuracy 0.5000 at epoch 2</td>"
                                               "<td class=\"best\">accuracy 0.9000 at epoch 2</td>"));
}

TEST_F(Report, CallsAResumeNoSetting) {
  for (const auto& [run, resume] : {std::pair("a/1", "False"), {"b/1", "True"}}) {
    write_result(run, "accuracy", "0.9", "");
    write(std::string(run) + "/config.py", fmt::format("resume = {}\nlr = 0.1\n", resume));
  }
  EXPECT_THAT(page({"a", "b"}), Not(HasSubstr("<code>resume</code>")));
}

TEST_F(Report, MarksNoRunWhereTheRulesDiffer) {
  write_result("a/1", "score", "0.1", ", \"rule\": \"less\"");
  write_result("b/1", "score", "0.9", ", \"rule\": \"greater\"");
  EXPECT_THAT(page({"a", "b"}), Not(HasSubstr("<td class=\"best\">")));
}

TEST_F(Report, LosesNothingToANumberThatIsNotFinite) {
  write("shop/20260101_000000/summary.json",
        "{\"best\": {\"metric\": \"accuracy/top1\", \"value\": 90.5, \"epoch\": 2}, \"last\": {\"metric\": "
        "\"accuracy/top1\", \"value\": NaN, \"epoch\": 3}, \"iters\": 60}");
  write("shop/20260102_000000/20260102_000000.json", "{\"accuracy/top1\": 90.5, \"val/loss\": -Infinity}");
  const RunRecord run = read_run(path("shop/20260101_000000"));
  EXPECT_TRUE(run.is_finished);
  EXPECT_EQ(run.best, 90.5);
  EXPECT_THAT(run.tested, ElementsAre(Pair("accuracy/top1", "90.5000"), Pair("val/loss", "no finite number")));
}

TEST_F(Report, LeavesTheSettingsOfARunWithoutAConfigOpen) {
  for (const char* run : {"a/1", "b/1", "c/1"}) write_result(run, "score", "1.0", "");
  write("b/1/config.py", "lr = 0.1\n");
  write("c/1/config.py", "lr = 0.2\n");
  EXPECT_THAT(page({"a", "b", "c"}),
              HasSubstr("<th><code>lr</code></th><td></td><td><code>0.1</code></td><td><code>0.2"));
  EXPECT_THAT(page({"b", "a", "c"}),
              HasSubstr("<th><code>lr</code></th><td><code>0.1</code></td><td></td><td><code>0.2"));
}

TEST_F(Report, CutsALongSettingBetweenTwoCharacters) {
  std::string cats;
  for (int i = 0; i < 200; ++i) cats += "猫";  // three bytes each; one quote stands before them
  for (const char* run : {"a/1", "b/1"}) write_result(run, "score", "1.0", "");
  write("a/1/config.py", "note = '" + cats + "'\n");
  write("b/1/config.py", "note = ''\n");
  EXPECT_THAT(page({"a", "b"}), HasSubstr("<code>'" + cats.substr(0, 297) + " …</code>"));
}

TEST_F(Report, TellsRunsApartByAsManyFoldersAsItTakes) {
  const auto names_of = [](const std::vector<std::string>& paths) {
    std::vector<RunRecord> runs;
    for (const std::string& each : paths) runs.push_back({.path = each});
    name_runs(runs);
    std::vector<std::string> names;
    for (const RunRecord& run : runs) names.push_back(run.name);
    return names;
  };
  EXPECT_THAT(names_of({"/r/x1/run/1", "/r/x2/run/1"}), ElementsAre("x1/run/1", "x2/run/1"));
  EXPECT_THAT(names_of({"/r/x1/a/run/1", "/r/x2/a/run/1", "/r/x1/a/run/2"}),
              ElementsAre("x1/a/run/1", "x2/a/run/1", "x1/a/run/2"));
  EXPECT_THAT(names_of({"/r/a/1", "/r/b/1"}), ElementsAre("a", "b"));
  EXPECT_THAT(names_of({"/run/1", "/x/run/1"}), ElementsAre("run/1", "x/run/1"));
  EXPECT_THAT(names_of({"/r/a/1", "/r/a/1"}), ElementsAre("a", "a"));
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
  EXPECT_THAT(refused.error, HasSubstr("this file exists, and is not a report"));
  for (int time = 0; time < 2; ++time) {
    const ProcessResult result = run_process({kProgram, "report", path("shop"), "-o", path("page.html")});
    EXPECT_EQ(result.exit_code, 0) << result.error;
    EXPECT_EQ(result.output, path("page.html") + "\n");
  }
}

TEST_F(Report, OfTheCommandPassesByWhatIsNoRunAmongSeveral) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write("shop/20260102_000000/20260102_000000.log", "failed at once");
  for (const char* name : {"epoch_1.pth", "epoch_2.pth", "last_checkpoint"}) write(std::string("shop/") + name, "");
  const std::string run = path("shop/20260101_000000"), failed = path("shop/20260102_000000");
  const ProcessResult result = report({run, failed, path("shop/epoch_1.pth"), path("shop/epoch_2.pth"),
                                       path("shop/last_checkpoint"), "-o", path("page.html")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.error, "skipped, no run was made there: " + failed + ", " + path("shop/epoch_1.pth") + ", " +
                              path("shop/epoch_2.pth") + " and 1 more\n");
  EXPECT_THAT(io::read_file(path("page.html")), HasSubstr("<h1>shop</h1>"));

  const ProcessResult none = report({failed, path("shop/epoch_1.pth"), "-o", path("none.html")});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.error,
              StartsWith("millrace: no run was made in " + failed + ", " + path("shop/epoch_1.pth") + "\n"));
  EXPECT_FALSE(std::filesystem::exists(path("none.html")));
  EXPECT_EQ(report({failed, "-o", path("none.html")}).exit_code, 2);
  EXPECT_THAT(report({run, path("shop/absent"), "-o", path("none.html")}).error, HasSubstr("there is no such folder"))
      << "a slip is not a folder without a run";
}

TEST_F(Report, OfTheCommandSaysWhyThePageHasNoPlace) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  const std::string folder = path("absent");
  EXPECT_EQ(report({path("shop"), "-o", folder + "/page.html"}).error,
            folder + "/page.html: the folder " + folder + " does not exist\n  help: mkdir -p " + folder + "\n");
  EXPECT_EQ(report({path("shop"), "-o", path("shop")}).error,
            path("shop") + ": is a folder, not a file\n  help: -o " + path("shop/report.html") + "\n");
}

TEST_F(Report, OfTheCommandWritesThePageAloneIntoAStream) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  const ProcessResult result = report({path("shop"), "-o", "/dev/stdout"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output, page({"shop"}));
  std::filesystem::create_symlink("/dev/null", path("away.html"));
  EXPECT_EQ(report({path("shop"), "-o", path("away.html")}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_character_file(path("away.html")));
}

TEST_F(Report, OfATestShowsItsMetricsAndNoCurves) {
  write_test("tested/20260103_000000");
  const std::string html = page({"tested"});
  EXPECT_THAT(html, AllOf(HasSubstr("/tested/20260103_000000, a test</p>"), HasSubstr("<td>90.5000</td>"),
                          HasSubstr("cat taken for dog: 1 of 4")));
  EXPECT_THAT(html, AllOf(Not(HasSubstr("cut off")), Not(HasSubstr("Nothing was logged"))));
}

TEST_F(Report, OfATrainingAndATestLeavesOutWhatTheTestSetsOfItself) {
  write_training("shop/20260101_000000", 0.1, 80.5);
  write_test("tested/20260103_000000");
  write("tested/20260103_000000/config.py",
        "optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))\nnote = 'another'\nload_from = 'a.pth'\n"
        "resume = False\ncustom_hooks = [dict(type='ShowSamplesHook', count=3), dict(type='TestReportHook')]\n");
  for (const auto& names : {std::vector<std::string>{"shop", "tested"}, {"tested", "shop"}}) {
    const std::string html = page(names);
    EXPECT_THAT(html, HasSubstr("tested (a test)"));
    EXPECT_THAT(html, HasSubstr("<th><code>note</code></th>"));
    for (const char* name : {"load_from", "resume", "custom_hooks"})
      EXPECT_THAT(html, Not(HasSubstr(std::string("<th><code>") + name))) << name;
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
