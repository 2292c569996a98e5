#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/fuzz/corpus.h"

// As core_corpus_test.cpp, for what the engine reads.
namespace millrace::fuzz {
namespace {

using testing::IsEmpty;
using testing::IsSupersetOf;

TEST(EngineFuzzCorpus, OfZipArchivesIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("zip", zip);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"dict", "shared", "state"}));
}

TEST(EngineFuzzCorpus, OfPicklesIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("pickle", pickle);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"dict", "protocol1", "protocol2", "protocol3", "protocol4", "protocol5",
                                          "shared", "state"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"bomb", "ring"}));
}

TEST(EngineFuzzCorpus, OfIdxFilesIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("idx", idx);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"bytes", "doubles", "floats", "packed", "shorts"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"huge"}));
}

TEST(EngineFuzzCorpus, OfTablesIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("csv", csv);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"plain", "quotes"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"behind", "open", "short"}));  // of quotes and of a row's length
}

TEST(EngineFuzzCorpus, OfMasksIsReadOrRefused) {
  const CorpusOutcome outcome = outcome_of_corpus("rle", rle);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"bar", "disc", "empty", "full", "no_pixel", "noise", "zero_runs"}));
  EXPECT_THAT(outcome.refused, IsSupersetOf({"below_zero", "huge", "long_number", "open_number", "sum"}));
}

TEST(EngineFuzzCorpus, OfImageHeadersIsReadOrPassedBy) {
  const CorpusOutcome outcome = outcome_of_corpus("image_header", image_header);
  EXPECT_THAT(outcome.thrown, IsEmpty());
  EXPECT_THAT(outcome.read, IsSupersetOf({"gray_png", "lossy_webp", "rgb_bmp", "rgb_tif", "rgb_webp"}));
}

}  // namespace
}  // namespace millrace::fuzz
