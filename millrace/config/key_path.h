#pragma once

#include <string>
#include <string_view>

#include "millrace/config/value.h"

namespace millrace {

/// "model.backbone" and "depth" are "model.backbone.depth"; "" is the root.
std::string below(const std::string& path, std::string_view name);
/// A key as part of a path: a text as it is, anything else as Python's repr.
std::string path_name(const Value& key);

/// The value at a path of keys and indices: "model.backbone.depth", "train_pipeline.0.type". It also finds keys that
/// contain dots: "custom_keys.backbone.stem.lr_mult". "" is the tree. Null if the path does not exist.
const Value* find_path(const Value& tree, std::string_view path);

/// The same, but throws Error if the path does not exist: at the place of the part that lacks the key, with the nearest
/// right path (a similar key there, or else the only path that ends in the given one).
const Value& at_path(const Value& tree, const std::string& path);

}  // namespace millrace
