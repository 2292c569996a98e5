#include "millrace/cli/prediction_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace {
namespace {

FilePrediction hat() {
  return {.file = "photos/1.jpg",
          .line = "hat 93.2%, shoe 4.0%",
          .object = R"({"label":3,"class":"hat","score":0.9318,"top":[{"label":3,"class":"hat","score":0.9318}]})"};
}

TEST(PredictionText, IsTheLineBehindTheFile) {
  EXPECT_EQ(prediction_line(hat()), "photos/1.jpg: hat 93.2%, shoe 4.0%");
  FilePrediction drawn = hat();
  drawn.picture = "out/1.png";
  EXPECT_EQ(prediction_line(drawn), "photos/1.jpg: hat 93.2%, shoe 4.0%  out/1.png");
}

TEST(PredictionText, TellsWhatIsWrongWithAFileOnce) {
  EXPECT_EQ(prediction_line({.file = "a.jpg", .error = "a.jpg: truncated JPEG"}), "a.jpg: truncated JPEG");
  EXPECT_EQ(prediction_line({.file = "a.jpg", .error = "no such thing"}), "a.jpg: no such thing");
}

TEST(PredictionText, IsOneJsonObjectALine) {
  EXPECT_EQ(prediction_json(hat()), R"({"file":"photos/1.jpg","label":3,"class":"hat","score":0.9318,"top":[)"
                                    R"({"label":3,"class":"hat","score":0.9318}]})");
  FilePrediction drawn = hat();
  drawn.picture = "out/1.png";
  EXPECT_EQ(nlohmann::json::parse(prediction_json(drawn))["picture"], "out/1.png");
  const auto failed = nlohmann::json::parse(prediction_json({.file = "\xff.jpg", .error = "bad\nfile"}));
  EXPECT_EQ(failed["error"], "bad\nfile");
  EXPECT_FALSE(failed.contains("label"));
}

}  // namespace
}  // namespace millrace
