#pragma once

#include <string_view>

#include "millrace/config/value.h"

namespace millrace {

inline constexpr std::string_view kDeleteKey = "_delete_";

/// Merges `child` into `base` by MMEngine's rule: a dict is merged into a dict key by key; anything else replaces the
/// old value. A dict with a true `_delete_` replaces, too; the marker is removed if the base has the key, else it
/// stays. Values of `child` become part of `base`. Throws Error if a dict without `_delete_` would replace something
/// else.
void merge_into(Dict& base, Dict& child);

/// The same for overrides. With `allow_list_keys` a key of digits addresses an element of a list, or a whole list is
/// replaced; `_delete_` never stays inside a dict.
void merge_options_into(Value& base, Dict& options, bool allow_list_keys);

}  // namespace millrace
