#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// One place where two trees differ: the smallest part that was added, removed or changed.
struct Difference {
  std::string path;  // "model.backbone.depth", "train_pipeline.0.type"; of what was added, in the second tree
  std::optional<Value> before;      // none: added
  std::optional<Value> after;       // none: removed
  Place before_place, after_place;  // where the key was set, or the element made
};

/// What leads from one tree to another, in the order of the first tree, additions last in each dict.
///
/// Lists and tuples of one length are compared item by item, those of up to eight scalars as wholes. Lists of dicts are
/// lined up first, where they have different lengths or types in different order: a transform that was put into a
/// pipeline is one addition. Other lists of different lengths differ as wholes. 1 and 1.0 differ, and so do a list and
/// a tuple.
std::vector<Difference> diff(const Value& before, const Value& after);

/// "- path = value  # place" and "+ path = value  # place" for each, values laid out as Python; the place only where it
/// is known.
std::string diff_text(const std::vector<Difference>& differences);

/// Whether two trees are the same to the type of each value: what a dump that is read again must be.
bool same_tree(const Value& a, const Value& b);

}  // namespace millrace
