#include "millrace/eval/measures/edit_counts.h"

#include <algorithm>

#include "millrace/base/text.h"
#include "millrace/base/utf8.h"

namespace millrace {
namespace {

/// Several ways need the same number of edits. This one goes back from the ends and prefers a deletion, then an
/// insertion, so that the split into kinds is that of rapidfuzz, which jiwer calls.
template <class Item>
EditCounts edits_between(std::span<const Item> reference, std::span<const Item> hypothesis) {
  const auto [a, b] = std::mismatch(reference.begin(), reference.end(), hypothesis.begin(), hypothesis.end());
  EditCounts counts{.hits = a - reference.begin()};
  reference = reference.subspan(static_cast<size_t>(a - reference.begin()));
  hypothesis = hypothesis.subspan(static_cast<size_t>(b - hypothesis.begin()));
  while (!reference.empty() && !hypothesis.empty() && reference.back() == hypothesis.back()) {
    ++counts.hits;
    reference = reference.first(reference.size() - 1);
    hypothesis = hypothesis.first(hypothesis.size() - 1);
  }
  const size_t rows = reference.size(), columns = hypothesis.size();
  std::vector<int32_t> table((rows + 1) * (columns + 1));
  const auto distance = [&](size_t i, size_t j) -> int32_t& { return table[i * (columns + 1) + j]; };
  for (size_t i = 0; i <= rows; ++i) distance(i, 0) = static_cast<int32_t>(i);
  for (size_t j = 0; j <= columns; ++j) distance(0, j) = static_cast<int32_t>(j);
  for (size_t i = 1; i <= rows; ++i)
    for (size_t j = 1; j <= columns; ++j)
      distance(i, j) = std::min({distance(i - 1, j) + 1, distance(i, j - 1) + 1,
                                 distance(i - 1, j - 1) + (reference[i - 1] == hypothesis[j - 1] ? 0 : 1)});
  size_t i = rows, j = columns;
  while (i > 0 && j > 0) {
    if (distance(i, j) == distance(i - 1, j) + 1) {
      ++counts.deletions, --i;
    } else if (--j > 0 && distance(i, j) == distance(i - 1, j) - 1) {
      ++counts.insertions;
    } else {
      ++(reference[--i] == hypothesis[j] ? counts.hits : counts.substitutions);
    }
  }
  counts.deletions += static_cast<int64_t>(i);
  counts.insertions += static_cast<int64_t>(j);
  return counts;
}

bool is_white(char letter) { return std::string_view(" \t\n\r\f\v").find(letter) != std::string_view::npos; }

}  // namespace

EditCounts& EditCounts::operator+=(const EditCounts& other) {
  substitutions += other.substitutions;
  deletions += other.deletions;
  insertions += other.insertions;
  hits += other.hits;
  return *this;
}

double EditCounts::error_rate() const {
  return static_cast<double>(edits()) / static_cast<double>(std::max<int64_t>(reference(), 1));
}

double EditCounts::match_error_rate() const {
  return static_cast<double>(edits()) / static_cast<double>(std::max<int64_t>(edits() + hits, 1));
}

EditCounts word_edits(std::span<const std::string> reference, std::span<const std::string> hypothesis) {
  return edits_between<std::string>(reference, hypothesis);
}

EditCounts character_edits(std::string_view reference, std::string_view hypothesis) {
  const std::vector<std::string_view> a = characters_of(reference), b = characters_of(hypothesis);
  return edits_between<std::string_view>(a, b);
}

std::vector<std::string> words_of(std::string_view sentence) {
  std::string single;
  for (size_t i = 0; i < sentence.size();) {
    size_t end = i;
    while (end < sentence.size() && is_white(sentence[end])) ++end;
    if (end == i) single += sentence[i++];
    else single += end - i > 1 ? ' ' : sentence[i], i = end;
  }
  std::vector<std::string> words;
  for (std::string& word : split(trim(single), ' '))
    if (!word.empty()) words.push_back(std::move(word));
  return words;
}

}  // namespace millrace
