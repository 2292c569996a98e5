#include "millrace/picture/report_section.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

TEST(ReportSection, SurvivesItsFile) {
  const CountMatrix matrix{{"cat", "dog"}, {3, 1, 2, 4}, "is", "found", "found as"};
  const ReportTable table{{"class", "F1"}, {{"cat", "66.67"}, {"dog", "72.73"}}};
  const Chart chart{.title = "precision", .x_label = "recall", .lines = {{"cat", {{0, 1}, {0.5, std::nan("")}}}}};
  const auto sections =
      sections_from_json(sections_json({{"Classes", {matrix, table}}, {"Curves", {chart}}}), "x.json");
  ASSERT_THAT(sections, SizeIs(2));
  EXPECT_EQ(sections[0].title, "Classes");
  const auto& read = std::get<CountMatrix>(sections[0].parts.at(0));
  EXPECT_THAT(read.names, ElementsAre("cat", "dog"));
  EXPECT_THAT(read.counts, ElementsAre(3, 1, 2, 4));
  EXPECT_EQ(read.row_label + "/" + read.column_label + "/" + read.relation, "is/found/found as");
  EXPECT_EQ(std::get<ReportTable>(sections[0].parts.at(1)).rows, table.rows);
  const auto& line = std::get<Chart>(sections[1].parts.at(0)).lines.at(0);
  EXPECT_EQ(line.points.at(0).y, 1);
  EXPECT_TRUE(std::isnan(line.points.at(1).y));
}

TEST(ReportSection, RefusesAFileOfSomethingElse) {
  const std::string begin = R"({"sections": [{"title": "a", "parts": [)", end = "]}]}";
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string(R"({"sections": [{"title": "a"}]})"), begin + "{}" + end,
        begin + R"({"table": {"columns": ["a"], "rows": [["1", "2"]]}})" + end,
        begin + R"({"chart": {"title": "", "x_label": "", "lines": [{"name": "", "points": [[1, 0], [0, 0]]}]}})" +
            end}) {
    EXPECT_THAT([&] { sections_from_json(text, "x.json"); },
                ThrowsMessage<Error>("x.json: these are not the sections of a test's report"))
        << text;
  }
  for (const char* counts : {"[[1]]", "[[1, 2]]", "[[1, 2], [3, -4]]", "[[1, 2], [3, 4000000000000000000]]",
                             "[[1, 2], [3, 1e300]]", "[1, 2]"}) {
    const std::string matrix = begin + R"({"matrix": {"names": ["a", "b"], "counts": )" + counts +
                               R"(, "row_label": "", "column_label": "", "relation": ""}})" + end;
    EXPECT_THAT([&] { sections_from_json(matrix, "x.json"); }, ThrowsMessage<Error>(HasSubstr("x.json"))) << counts;
  }
}

}  // namespace
}  // namespace millrace
