#pragma once

#include <optional>
#include <string>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// One place where two trees differ: the smallest part that was added, removed or changed.
struct Difference {
  std::string path;             // "model.backbone.depth", "train_pipeline.0.type"
  std::optional<Value> before;  // none: added
  std::optional<Value> after;   // none: removed
};

/// What leads from one tree to another, in the order of the first tree, additions last in each dict. Lists and tuples
/// of one length are compared item by item, of another length as wholes; 1 and 1.0 differ, and so do a list and a
/// tuple.
std::vector<Difference> diff(const Value& before, const Value& after);

/// One line each: "- path = value", "+ path = value", and both for a change.
std::string diff_text(const std::vector<Difference>& differences);

/// Whether two trees are the same to the type of each value: what a dump that is read again must be.
bool same_tree(const Value& a, const Value& b);

}  // namespace millrace
