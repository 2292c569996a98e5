#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// One place where two trees differ: the smallest part that was added, removed or changed.
struct Difference {
  std::string path;             // "model.backbone.depth", "train_pipeline.0.type"; in the second tree if it was added
  std::optional<Value> before;  // absent: added
  std::optional<Value> after;   // absent: removed
  Place before_place, after_place;  // where the key was set, or the element made
};

/// The differences between two trees, in the order of the first tree, additions last in each dict.
///
/// Lists and tuples of equal length are compared item by item, those of up to eight scalars as wholes. Lists of dicts
/// of different lengths, or with types in different order, are aligned first: a transform that was added to a pipeline
/// is one addition. Other lists of different lengths differ as wholes. 1 and 1.0 differ, and so do a list and a tuple.
std::vector<Difference> diff(const Value& before, const Value& after);

/// Lines "- path = value  # place" and "+ path = value  # place" for each difference, values written as Python; the
/// place only if it is known.
std::string diff_text(const std::vector<Difference>& differences);

/// Whether two trees are equal, including the type of each value, as a tree and its dump that was read again are.
bool same_tree(const Value& a, const Value& b);

}  // namespace millrace
