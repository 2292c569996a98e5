#include "millrace/log/table.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Table, AlignsItsColumns) {
  Table table({{"name"}, {"seconds", Table::Align::right}, {"note"}});
  table.add({"forward", "1.25", "µs matter"});
  table.add({"backward", "12.50"});
  EXPECT_EQ(table.str(),
            "name      seconds  note\n"
            "forward      1.25  µs matter\n"
            "backward    12.50\n");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table({{""}, {""}});
  table.add({"µµ", "a"});
  table.add({"mmm", "b"});
  EXPECT_EQ(table.str(2),
            "  µµ   a\n"
            "  mmm  b\n");
}

TEST(Table, RefusesTooManyCells) {
  Table table({{"name"}});
  EXPECT_THROW(table.add({"a", "b"}), std::logic_error);
}

}  // namespace
}  // namespace millrace
