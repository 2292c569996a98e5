#pragma once

#include <string>
#include <vector>

#include "millrace/config/value.h"

namespace millrace {

/// Who set one key of a config.
struct Origin {
  std::string path;  // "optim_wrapper.optimizer.lr", "train_pipeline.0.type"
  const Value* value;
  Place place;  // where the key was last set, through bases and overrides; of a list's element, where it was made
};

/// The leaves of a tree, in its order: everything except dicts and lists of dicts. A list of numbers is one leaf, and
/// so is an empty list or dict. The tree must outlive the result.
std::vector<Origin> origins(const Value& tree);

}  // namespace millrace
