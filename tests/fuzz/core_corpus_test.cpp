#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fuzz/corpus.h"

// Files with a word for a name were written as inputs that are right or wrong; the others are what fuzzing left, and
// must be read or refused.
namespace millrace::fuzz {
namespace {

using testing::IsEmpty;
using testing::IsSupersetOf;

TEST(FuzzCorpus, OfPythonConfigsIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("config_py", config_py);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"builtins", "comprehensions", "displays", "expressions", "fstring", "growth",
                                          "guard", "methods", "modules", "statements", "strings"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"named_character", "rings"}));  // \N{…}; lists that hold themselves
}

TEST(FuzzCorpus, OfOverridesIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("overrides", overrides);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"dicts", "nested", "scalars", "text"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"wrong"}));
}

TEST(FuzzCorpus, OfYamlIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("yaml", yaml);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"anchors", "block", "doc", "scalars"}));
}

TEST(FuzzCorpus, OfJsonIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("json", json);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"all", "numbers"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"wrong"}));  // a comma too many
}

TEST(FuzzCorpus, OfGzipIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("gzip", gzip);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"empty", "member", "plain", "two"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"bomb", "truncated"}));
}

TEST(FuzzCorpus, OfTestReportsIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("test_report", test_report);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"chart", "empty", "far", "markup", "matrix", "no_columns", "table"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"cut", "deep", "falling", "letters", "overflow", "row", "sum"}));
}

TEST(FuzzCorpus, OfTextIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("text", text);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"big", "cp1252", "little", "mark", "plain"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"nul", "pair", "undefined"}));
}

}  // namespace
}  // namespace millrace::fuzz
