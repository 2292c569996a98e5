#include <gmock/gmock.h>

#include <fmt/format.h>

#include <cmath>

#include "tests/checkpoint/python.h"
#include "tests/command/small_run.h"

namespace millrace {
namespace {
using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;

class EvalCommand : public SmallRun {
 protected:
  ProcessResult eval(const std::vector<std::string>& words) const {
    std::vector<std::string> arguments = {kProgram, "eval"};
    arguments.insert(arguments.end(), words.begin(), words.end());
    return run_process(arguments);
  }
};

TEST_F(EvalCommand, GivesTheFiguresOfACase) {
  std::ifstream file(source_path("/tests/golden/metrics.json"));
  for (const json& each : json::parse(file)) {
    std::vector<std::string> words = {each["metric"], "--data", write("case.json", each["inputs"].dump()), "--json"};
    for (const auto& [key, value] : each["params"].items())
      words.push_back(key + "=" + (value.is_string() ? value.get<std::string>() : value.dump()));
    const ProcessResult result = eval(words);
    ASSERT_EQ(result.exit_code, 0) << result.error;
    EXPECT_THAT(result.error, IsEmpty());
    const json figures = json::parse(result.output), &expected = each["expected"];
    ASSERT_EQ(figures.size(), expected.size()) << words[0];
    for (const auto& [key, value] : expected.items()) {
      ASSERT_TRUE(figures.contains(key)) << words[0] << " " << key;
      if (!value.is_number()) continue;
      EXPECT_NEAR(figures[key].get<double>(), value, 1e-7 * std::abs(value.get<double>())) << key;
    }
  }
}

TEST_F(EvalCommand, ShowsATableToPeople) {
  const std::string data = write("case.json", R"({"predictions": [0, 1, 1], "labels": [0, 1, 0]})");
  const ProcessResult result = eval({"precision_recall_f1", "--data", data, "num_classes=2", "average=macro"});
  EXPECT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(result.output,
            "macro.precision  0.7500\nmacro.recall     0.7500\nmacro.f1         0.6667\nsupport          [2, 1]\n");
}

TEST_F(EvalCommand, RefusesWhatItCannotUse) {
  const std::string data = write("case.json", R"({"scores": [[0.1, 0.9]], "labels": [5]})");
  const auto error_of = [&](std::vector<std::string> words) {
    const ProcessResult result = eval(words);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_THAT(result.output, IsEmpty());
    return result.error;
  };
  EXPECT_THAT(error_of({"acuracy", "--data", data}), HasSubstr("no metric 'acuracy'; did you mean 'accuracy'?"));
  EXPECT_THAT(error_of({"accuracy", "--data", data}), HasSubstr("case.json:1:36: accuracy: labels has the label 5"));
  EXPECT_THAT(error_of({"accuracy", "--data", data, "topl=1"}),
              HasSubstr("accuracy has no key 'topl'; did you mean 'topk'?"));
  EXPECT_THAT(error_of({"accuracy", "--data", data, "topk=one"}), HasSubstr("topk must be"));
  EXPECT_THAT(error_of({"accuracy", "--data", data, "type=x"}), HasSubstr("accuracy has no key 'type'"));
  EXPECT_THAT(error_of({"accuracy", "--data", path("absent.json")}), HasSubstr("absent.json"));
  EXPECT_THAT(error_of({"accuracy", "--data", write("cut.json", R"({"scores": [[0.1)")}), HasSubstr("JSON: "));
  EXPECT_THAT(error_of({"accuracy"}), HasSubstr("eval needs RESULTS for a config, or --data for a metric"));
  EXPECT_THAT(error_of({"accuracy", "x.pkl", "--data", data}), HasSubstr("got both"));
}

TEST_F(EvalCommand, EvaluatesStoredResultsAsTheTestDid) {
  ASSERT_EQ(train({}).exit_code, 0);
  for (const std::string file : {"results.pkl", "results.pth"}) {
    const std::string results = path(file);
    const ProcessResult test = run_process(
        {kProgram, "test", config_, path("work/epoch_2.pth"), "--work-dir", path("tested"),
         "test_evaluator=[{'type': 'Accuracy', 'topk': (1, 5)}, {'type': 'DumpResults', 'out_file_path': '" + results +
             "'}]"});
    ASSERT_EQ(test.exit_code, 0) << test.error;
    EXPECT_THAT(test.error, HasSubstr("Results have been saved to " + results));
    const ProcessResult again = eval({config_, results});
    ASSERT_EQ(again.exit_code, 0) << again.error;
    EXPECT_THAT(test.output, HasSubstr(again.output));
    EXPECT_THAT(again.output, HasSubstr("accuracy/top1"));
    const json figures = json::parse(eval({config_, results, "--json"}).output);
    EXPECT_EQ(figures.size(), 2u);
    EXPECT_THAT(again.output, HasSubstr(fmt::format("{:.4f}", figures["accuracy/top1"].get<double>())));
    const ProcessResult matrix = eval({config_, results, "test_evaluator=[{'type': 'ConfusionMatrix'}]", "--json"});
    ASSERT_EQ(matrix.exit_code, 0) << matrix.error;
    EXPECT_EQ(json::parse(matrix.output)["confusion_matrix/result"].size(), 10u);
  }
  if (python_with_torch().empty()) return;
  const auto [output, is_well] = output_of(
      "'" + python_with_torch() + "' -c \"import pickle; rows = pickle.load(open('" + path("results.pkl") +
      "', 'rb')); print(len(rows), tuple(rows[0]['pred_score'].shape), int(rows[0]['gt_label']) >= 0)\" 2>&1");
  EXPECT_TRUE(is_well);
  EXPECT_THAT(output, HasSubstr("40 (10,) True"));
}

TEST_F(EvalCommand, ReadsWhatMMEngineWrites) {
  if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: set MILLRACE_PYTHON";
  // As mmpretrain's samples become dicts: labels are tensors of one element.
  const auto [output, is_well] = output_of("'" + python_with_torch() +
                                           "' -c \"import pickle, torch; scores = torch.eye(10)[:4]; pickle.dump([dict("
                                           "img_path=str(i), num_classes=10, gt_label=torch.tensor([min(i, 2)]), "
                                           "pred_label=scores[i].argmax(0, keepdim=True), "
                                           "pred_score=scores[i]) for i in range(4)], open('" +
                                           path("mm.pkl") + "', 'wb'), protocol=2)\" 2>&1");
  ASSERT_TRUE(is_well) << output;
  const ProcessResult result = eval({config_, path("mm.pkl"), "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.error;
  EXPECT_EQ(json::parse(result.output)["accuracy/top1"], 75.0);  // three of four
}

TEST_F(EvalCommand, NeedsNoNetworkThatThisBuildHas) {
  if (python_with_torch().empty()) GTEST_SKIP() << "no Python with torch: set MILLRACE_PYTHON";
  const auto [output, is_well] = output_of("'" + python_with_torch() +
                                           "' -c \"import pickle, torch; pickle.dump([dict(gt_label=torch.tensor([1]), "
                                           "pred_score=torch.tensor([0.2, 0.8]))], open('" +
                                           path("one.pkl") + "', 'wb'))\" 2>&1");
  ASSERT_TRUE(is_well) << output;
  const std::string config = write("huge.py",
                                   "default_scope = 'mmpretrain'\nmodel = dict(type='ImageClassifier', "
                                   "backbone=dict(type='SwinTransformerV2', arch='huge'))\n"
                                   "test_evaluator = dict(type='Accuracy')\n");
  EXPECT_EQ(eval({config, path("one.pkl")}).output, "accuracy/top1  100.0000\n");
  const std::string only = write("only.py", "default_scope = 'mmpretrain'\ntest_evaluator = dict(type='Accuracy')\n");
  EXPECT_EQ(eval({only, path("one.pkl")}).output, "accuracy/top1  100.0000\n");
  const ProcessResult slip = eval({only, path("one.pkl"), "test_evaluator.topl=1"});
  EXPECT_EQ(slip.exit_code, 2);
  EXPECT_THAT(slip.error, HasSubstr("Accuracy has no key 'topl'; did you mean 'topk'?"));
  const ProcessResult none = eval({write("none.py", "x = 1\n"), path("one.pkl")});
  EXPECT_EQ(none.exit_code, 2);
  EXPECT_THAT(none.error, HasSubstr("test_evaluator has no metric that gives figures"));
}

TEST_F(EvalCommand, ADryRunLeavesStoredResultsAlone) {
  const std::string results = write("results.pkl", "kept");
  const std::string both =
      "_evaluator=[{'type': 'Accuracy'}, {'type': 'DumpResults', 'out_file_path': '" + results + "'}]";
  ASSERT_EQ(train({"--dry-run", "val" + both, "test" + both}).exit_code, 0);
  EXPECT_EQ(io::read_file(results), "kept");
}

}  // namespace
}  // namespace millrace
