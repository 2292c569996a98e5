#include "millrace/picture/count_matrix.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using testing::HasSubstr;
using testing::Not;

CountMatrix three_animals() { return {.names = {"cat", "dog", "<cow>"}, .counts = {4, 2, 0, 1, 3, 0, 0, 0, 0}}; }

TEST(CountMatrix, IsDrawnWithItsNamesEscaped) {
  const std::string svg = matrix_svg(three_animals(), "a & b");
  EXPECT_THAT(svg, HasSubstr("a &amp; b"));
  EXPECT_THAT(svg, HasSubstr("&lt;cow&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("<cow>")));
  EXPECT_THAT(svg, HasSubstr("cat taken for dog: 2 of 6"));
}

TEST(CountMatrix, NamesItsAxes) {
  CountMatrix matrix = three_animals();
  matrix.row_label = "is", matrix.column_label = "found <as>", matrix.relation = "found as";
  const std::string plot = matrix_plot(matrix);
  EXPECT_THAT(plot, HasSubstr(">is</text>"));
  EXPECT_THAT(plot, HasSubstr(">found &lt;as&gt;</text>"));
  EXPECT_THAT(plot, HasSubstr("dog found as cat: 1 of 4"));
}

TEST(CountMatrix, CutsLongNamesBetweenCharacters) {
  CountMatrix matrix = three_animals();
  matrix.names[0] = std::string(23, 'a') + "\u00e9";  // two bytes, the second of which is the 25th
  const std::string svg = matrix_svg(matrix, "");
  EXPECT_THAT(svg, HasSubstr(">" + std::string(23, 'a') + "</text>"));
}

}  // namespace
}  // namespace millrace
