#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// The items that some configs lack, by number, ascending, each once; and how many configs lack exactly these.
struct Lack {
  std::vector<size_t> items;
  int64_t configs = 1;
};

/// Chooses `count` of `items` items so that most configs lack nothing, in an order that completes many configs early.
/// All items if there are no more than `count`.
///
/// Finding the best set is hard (the densest sub-hypergraph of a size), so all sets are tried only if they are few.
/// Else this starts from three good sets: add the best item, one by one; add the items of the best config, one by one;
/// remove the least useful item, one by one. Then it exchanges a few items of each for better ones as long as that
/// helps. The result is never worse than adding the best item one by one, which fails if configs need two items at
/// once. It is the same at every call.
std::vector<size_t> next_items(std::span<const Lack> lacks, size_t items, size_t count);

/// How many configs lack nothing once they have `chosen`.
int64_t configs_with(std::span<const Lack> lacks, std::span<const size_t> chosen);

}  // namespace millrace
