#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "millrace/eval/measures/edit_counts.h"
#include "millrace/eval/measures/token_likelihood.h"
#include "tests/support/all_close.h"

namespace millrace {
namespace {
using testing::ElementsAre;

EditCounts edits_of(std::string_view reference, std::string_view hypothesis) {
  return word_edits(words_of(reference), words_of(hypothesis));
}

TEST(EditCounts, OfEmptyReferencesAreThoseOfJiwer) {
  // jiwer 4: https://github.com/jitsi/jiwer/pull/108
  EXPECT_EQ(edits_of("", "").error_rate(), 0);
  EXPECT_EQ(edits_of("", "").match_error_rate(), 0);
  EXPECT_EQ(edits_of("", "silence").error_rate(), 1);
  EXPECT_EQ(edits_of("", "peaceful silence").error_rate(), 2);
  EXPECT_EQ(edits_of("", "now defined behaviour").insertions, 3);
  EXPECT_EQ(edits_of("gone", "").error_rate(), 1);
}

TEST(EditCounts, CountKindsOfEdits) {
  const EditCounts counts = edits_of("a b c d", "a x c d e");
  EXPECT_EQ(counts.substitutions, 1);
  EXPECT_EQ(counts.insertions, 1);
  EXPECT_EQ(counts.deletions, 0);
  EXPECT_EQ(counts.hits, 3);
  EXPECT_EQ(edits_of("a b c", "c").deletions, 2);
}

TEST(EditCounts, CharactersAreCodePoints) {
  EXPECT_EQ(character_edits("größe", "grösse").edits(), 2);
  EXPECT_EQ(character_edits("größe", "grösse").reference(), 5);
}

TEST(WordsOf, TakesWhiteSpaceTogether) {
  EXPECT_THAT(words_of("  a \t b\n"), ElementsAre("a", "b"));
  EXPECT_THAT(words_of("a\tb"), ElementsAre("a\tb"));  // a single tab is no blank, as in jiwer
  EXPECT_THAT(words_of(" "), ElementsAre());
}

TEST(TokenLikelihood, OfEvenOddsIsTheNumberOfWords) {
  const at::Tensor logits = at::tensor({1., 1., 1., 1., 5., 5., 5., 5.}).view({1, 2, 4});
  const at::Tensor sums = token_sums(logits, at::tensor({2, -100}).view({1, 2}), -100);
  const TokenLikelihood found = token_likelihood(sums);
  EXPECT_DOUBLE_EQ(found.perplexity, 4);
  EXPECT_EQ(found.tokens, 1);
  EXPECT_THAT(sums + token_sums(logits, at::tensor({-100, 0}).view({1, 2}), -100),
              AllClose(token_sums(logits, at::tensor({2, 0}).view({1, 2}), -100), {.rtol = 1e-15}));
}

}  // namespace
}  // namespace millrace
