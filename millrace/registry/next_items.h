#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

/// What some configs lack: items by number, ascending, each once, and how many configs lack exactly these.
struct Lack {
  std::vector<size_t> items;
  int64_t configs = 1;
};

/// The `count` of `items` items with which most configs lack nothing, in an order in which many configs are whole early.
/// All items if there are no more than `count`.
///
/// Which set is the best is a hard question (the densest sub-hypergraph of a size), so only where the sets are few are
/// all of them tried. Else this starts from three good sets (one item after the other; one config's items after the
/// other; all items, and the least useful one away after the other), and exchanges a few items of each for better ones
/// as long as that helps. The result is never worse than adding the best item one by one, which fails where configs
/// need two items at once. It is the same at every call.
std::vector<size_t> next_items(std::span<const Lack> lacks, size_t items, size_t count);

/// How many configs lack nothing once they have `chosen`.
int64_t configs_with(std::span<const Lack> lacks, std::span<const size_t> chosen);

}  // namespace millrace
