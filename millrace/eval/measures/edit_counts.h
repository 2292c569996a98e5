#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

/// The fewest edits that turn references into hypotheses (Levenshtein), and what stayed. Counts of several sentences
/// are added.
struct EditCounts {
  int64_t substitutions = 0, deletions = 0, insertions = 0, hits = 0;

  int64_t edits() const { return substitutions + deletions + insertions; }
  int64_t reference() const { return substitutions + deletions + hits; }  // words or characters in the references
  EditCounts& operator+=(const EditCounts& other);

  /// edits / reference: the word or character error rate. As in jiwer 4, an empty reference gives the number of edits.
  double error_rate() const;
  /// edits / (edits + hits): the match error rate, 0 to 1; 0 if there is nothing.
  double match_error_rate() const;
};

/// Of two sequences of words.
EditCounts word_edits(std::span<const std::string> reference, std::span<const std::string> hypothesis);
/// Of two texts, by code points; bytes that are not UTF-8 count one by one.
EditCounts character_edits(std::string_view reference, std::string_view hypothesis);

/// The words between blanks. Two or more white spaces in a row are one blank; those at both ends are dropped.
std::vector<std::string> words_of(std::string_view sentence);

}  // namespace millrace
