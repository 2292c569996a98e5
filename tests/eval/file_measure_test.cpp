#include "millrace/eval/file_measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "millrace/base/error.h"
#include "millrace/config/json.h"
#include "millrace/tensor/json.h"
#include "tests/support/places.h"

namespace millrace {
namespace {
using nlohmann::json;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// The figures of a measure as JSON.
json figures_of(const std::string& metric, const json& params, const json& inputs) {
  Value config = read_json(params.is_null() ? "{}" : params.dump(), "params.json");
  config.as_dict().set("type", metric);
  FileInputs read(read_json(inputs.dump(), "case.json"), metric);
  const State figures = FileMeasure::Registry::build(config, "")->figures(read);
  read.finish();
  return json::parse(to_json(figures));
}

/// What differs by more than `tolerance`, relative to the expected value; "" if nothing does.
std::string difference(const json& given, const json& expected, double tolerance, const std::string& path) {
  if (expected.is_object()) {
    if (given.size() != expected.size()) return path + " has other keys: " + given.dump();
    for (const auto& [key, value] : expected.items()) {
      if (!given.contains(key)) return path + " has no " + key;
      if (std::string found = difference(given[key], value, tolerance, path + "." + key); !found.empty()) return found;
    }
    return "";
  }
  if (expected.is_array()) {
    if (!given.is_array() || given.size() != expected.size()) return path + " has another size: " + given.dump();
    for (size_t i = 0; i < expected.size(); ++i)
      if (std::string found = difference(given[i], expected[i], tolerance, path + "[" + std::to_string(i) + "]");
          !found.empty())
        return found;
    return "";
  }
  if (!expected.is_number()) return given == expected ? "" : path + " is " + given.dump();
  const double value = expected;
  const bool is_near = given.is_number() && std::abs(given.get<double>() - value) <= tolerance * std::abs(value);
  return is_near ? "" : path + " is " + given.dump() + ", not " + expected.dump();
}

TEST(FileMeasure, AgreesWithTheReference) {
  std::ifstream file(source_path("/tests/golden/metrics.json"));
  const json cases = json::parse(file);
  EXPECT_EQ(cases.size(), 36u);
  for (const json& each : cases) {
    const std::string metric = each["metric"];
    const double tolerance = metric == "fid" ? 1e-7 : 1e-9;  // tests/golden/README.md
    EXPECT_EQ(difference(figures_of(metric, each["params"], each["inputs"]), each["expected"], tolerance, metric), "")
        << "seed " << each["seed"];
  }
}

TEST(FileMeasure, ThresholdsLeaveScoresOut) {
  const json inputs = {{"scores", {{0.9, 0.1}, {0.4, 0.6}, {0.2, 0.8}, {0.7, 0.3}}}, {"labels", {0, 1, 0, 0}}};
  EXPECT_EQ(figures_of("accuracy", {{"thrs", {nullptr, 0.65}}}, inputs),
            (json{{"top1_no-thr", 0.75}, {"top1_thr-0.65", 0.5}}));
  const json scores =
      figures_of("precision_recall_f1", {{"num_classes", 2}, {"thrs", {nullptr, 0.65}}, {"average", nullptr}}, inputs);
  EXPECT_EQ(scores["no-thr"]["per_class"]["precision"], (json{1.0, 0.5}));
  EXPECT_EQ(scores["thr-0.65"]["per_class"]["precision"], (json{1.0, 0.0}));
  EXPECT_EQ(scores["thr-0.65"]["support"], (json{3, 1}));
  EXPECT_THAT(
      ([&] {
        figures_of("precision_recall_f1", {{"num_classes", 2}, {"thrs", 0.5}}, {{"predictions", {0}}, {"labels", {0}}});
      }),
      ThrowsMessage<Error>(HasSubstr("predictions have no scores to compare with thrs")));
}

TEST(FileMeasure, AnAverageIsGivenAlone) {
  const json inputs = {{"predictions", {0, 1, 1}}, {"labels", {0, 1, 0}}};
  const json micro = figures_of("precision_recall_f1", {{"num_classes", 2}, {"average", "micro"}}, inputs);
  EXPECT_EQ(micro.size(), 2u);
  EXPECT_DOUBLE_EQ(micro["micro"]["f1"], 2.0 / 3);
  EXPECT_EQ(micro["support"], (json{2, 1}));
}

TEST(FileMeasure, HighestClassOfEqualScoresComesFirstInAccuracy) {
  const json inputs = {{"scores", {{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}}}, {"labels", {0, 1, 1}}};
  EXPECT_DOUBLE_EQ(figures_of("accuracy", {}, inputs)["top1"], 2.0 / 3);  // scikit-learn 1.9.1
}

TEST(FileMeasure, NothingHasUndefinedFigures) {
  const json none = json::array();
  EXPECT_EQ(figures_of("accuracy", {}, {{"scores", none}, {"labels", none}}), (json{{"top1", nullptr}}));
  const json pixels = figures_of("segmentation", {{"num_classes", 2}}, {{"predictions", none}, {"labels", none}});
  EXPECT_EQ(pixels["IoU"], (json{nullptr, nullptr}));
  EXPECT_EQ(pixels["mIoU"], nullptr);
  EXPECT_EQ(pixels["aAcc"], nullptr);
  const json filled =
      figures_of("segmentation", {{"num_classes", 2}, {"nan_to_num", -1}}, {{"predictions", {{0}}}, {"labels", {{0}}}});
  EXPECT_EQ(filled["IoU"], (json{1.0, -1.0}));
  EXPECT_EQ(filled["mIoU"], 0.0);
  EXPECT_EQ(figures_of("regression", {}, {{"predictions", none}, {"targets", none}})["mae"], nullptr);
  EXPECT_EQ(
      figures_of("retrieval", {{"topk", 1}}, {{"scores", none}, {"relevant", none}}),
      (json{{"mAP", nullptr}, {"mrr", nullptr}, {"recall@1", nullptr}, {"hit@1", nullptr}, {"precision@1", nullptr}}));
  EXPECT_EQ(figures_of("depth", {}, {{"predictions", {{1.0}}}, {"depths", {{0.0}}}})["abs_rel"], nullptr);
  EXPECT_EQ(figures_of("oks", {{"sigmas", {0.1}}}, {{"ground_truth", none}, {"detections", none}}),
            (json{{"oks", none}}));
  EXPECT_EQ(figures_of("perplexity", {}, {{"logits", {{{1.0, 2.0}}}}, {"targets", {{-100}}}}),
            (json{{"perplexity", nullptr}, {"mean_negative_log_likelihood", nullptr}, {"tokens", 0}}));
  EXPECT_EQ(figures_of("wer_cer", {}, {{"references", none}, {"hypotheses", none}})["wer"], 0.0);
  const json boxes =
      figures_of("voc_map", {{"num_classes", 1}, {"iou_thr", 0.5}}, {{"ground_truth", none}, {"detections", none}});
  EXPECT_EQ(boxes["iou_0.5_continuous"]["area"], (json{{"per_class", {nullptr}}, {"mAP", nullptr}}));
}

TEST(FileMeasure, InputsThatDoNotFitAreRefusedWithTheirPlace) {
  const auto refusal = [](const std::string& metric, const json& params, const json& inputs) {
    try {
      figures_of(metric, params, inputs);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(refusal("accuracy", {}, {{"score", {{0.1}}}, {"labels", {0}}}),
            "case.json:1:1: accuracy: there is no 'scores'; did you mean 'score'?\n  the object has: labels, score");
  EXPECT_THAT(refusal("accuracy", {}, {{"inputs", {{"labels", {0}}}}}), HasSubstr("the file is a whole case"));
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {0, 1}}, {"scores", {{0.1, 0.9}}}}),
            "case.json:1:11: accuracy: labels has 2 rows, scores has 1");
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {0, 1}}, {"scores", {{0.1, 0.9}, {1}}}}),
            "case.json:1:37: accuracy: scores[1] has 1 classes, those before it have 2");
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {2}}, {"scores", {{0.1, 0.9}}}}),
            "case.json:1:11: accuracy: labels has the label 2, there are 2 classes: 0 to 1");
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {0.5}}, {"scores", {{0.1, 0.9}}}}),
            "case.json:1:12: accuracy: labels[0] is 0.5, expected an integer");
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {0}}, {"scores", {{0.1, "x"}}}}),
            "case.json:1:30: accuracy: scores[0][1] is 'x', expected a number");
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {0}}, {"scores", 3}}),
            "case.json:1:24: accuracy: scores is a list of lists of numbers: rows x classes");
  EXPECT_EQ(refusal("accuracy", {}, {{"labels", {0}}, {"scores", {{0.1, 0.9}}}, {"lables", {0}}}),
            "case.json:1:15: accuracy: nobody reads 'lables'; did you mean 'labels'?\n  it reads: labels, scores");
  EXPECT_EQ(refusal("accuracy", {}, json::array()),
            "case.json:1:1: accuracy: the inputs are a JSON object of lists, got []");
  EXPECT_THAT(refusal("epe", {}, {{"predictions", {{{1, 2, 3}}}}, {"flow", {{{1, 2}}}}}),
              HasSubstr("predictions needs 2 numbers in its last lists, got 3"));
  EXPECT_THAT(
      refusal("oks", {{"sigmas", {0.1}}},
              {{"ground_truth", json::array()}, {"detections", json::array({{{"score", 1}, {"keypoints", {1, 2}}}})}}),
      HasSubstr("detections[0].keypoints has 2 numbers, 1 sigmas need 3"));
  EXPECT_THAT(refusal("voc_map", {{"num_classes", 1}},
                      {{"ground_truth", json::array({{{"image", 0}, {"label", 1}, {"bbox", {0, 0, 1, 1}}}})},
                       {"detections", json::array()}}),
              HasSubstr("ground_truth[0].label has the label 1, there are 1 classes"));
  EXPECT_THAT(refusal("ssim", {}, {{"a", {{{1}}}}, {"b", {{{1}}}}}),
              HasSubstr("case.json:1:6: ssim: a has 1 x 1 pixels, the window has 11 x 11"));
  EXPECT_THAT(refusal("fid", {}, {{"real", {{1.0}}}, {"generated", {{1.0}, {2.0}}}}),
              HasSubstr("real needs at least two rows for a covariance"));
  EXPECT_THAT(
      refusal("pck", {},
              {{"predictions", {{{1, 2}}}}, {"keypoints", {{{1, 2}}}}, {"visible", {{1}}}, {"normalize", {{0, 1}}}}),
      HasSubstr("normalize needs widths and heights above 0"));
  EXPECT_THAT(refusal("segmentation", {{"num_classes", 2}}, {{"predictions", {{7}}}, {"labels", {{1}}}}),
              HasSubstr("predictions has the class 7, there are 2 classes: 0 to 1"));
}

TEST(FileMeasure, ParametersAreChecked) {
  EXPECT_THAT(
      [] {
        figures_of("accuracy", {{"topl", 1}}, json::object());
      },
      ThrowsMessage<Error>(HasSubstr("accuracy has no key 'topl'; did you mean 'topk'?")));
  EXPECT_THAT(
      [] {
        figures_of("accuracy", {{"topk", "five"}}, json::object());
      },
      ThrowsMessage<Error>(HasSubstr("topk must be")));
  EXPECT_THAT([] { figures_of("segmentation", json::object(), json::object()); },
              ThrowsMessage<Error>(HasSubstr("num_classes")));
  EXPECT_THAT(
      [] {
        figures_of("depth", {{"min_depth", 11}}, json::object());
      },
      ThrowsMessage<Error>(HasSubstr("min_depth must be below max_depth, got 11 and 10")));
}

}  // namespace
}  // namespace millrace
