#include "millrace/cli/prediction_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace millrace {
namespace {

FilePrediction hat() { return {"photos/1.jpg", "", {{"hat", 3, 0.9318}, {"shoe", 0, 0.04}}, ""}; }

TEST(PredictionText, NamesTheBestClassesInShares) {
  EXPECT_EQ(prediction_line(hat()), "photos/1.jpg: hat 93.2%, shoe 4.0%");
  FilePrediction drawn = hat();
  drawn.picture = "out/1.png";
  EXPECT_EQ(prediction_line(drawn), "photos/1.jpg: hat 93.2%, shoe 4.0%  out/1.png");
}

TEST(PredictionText, SaysWhatIsWrongWithAFileOnce) {
  EXPECT_EQ(prediction_line({"a.jpg", "a.jpg: truncated JPEG", {}, ""}), "a.jpg: truncated JPEG");
  EXPECT_EQ(prediction_line({"a.jpg", "no such thing", {}, ""}), "a.jpg: no such thing");
}

TEST(PredictionText, IsOneJsonObjectALine) {
  EXPECT_EQ(prediction_json(hat()),
            R"({"file":"photos/1.jpg","label":3,"class":"hat","score":0.9318,"top":[)"
            R"({"label":3,"class":"hat","score":0.9318},{"label":0,"class":"shoe","score":0.04}]})");
  const auto failed = nlohmann::json::parse(prediction_json({"\xff.jpg", "bad\nfile", {}, ""}));
  EXPECT_EQ(failed["error"], "bad\nfile");
  EXPECT_FALSE(failed.contains("label"));
}

}  // namespace
}  // namespace millrace
