#pragma once

#include <string_view>

#include "millrace/config/value.h"

namespace millrace {

inline constexpr std::string_view kDeleteKey = "_delete_";

/// Merges `child` into `base` by MMEngine's rule: a dict goes key by key into a dict, anything else replaces. A dict
/// with a true `_delete_` replaces, too; the marker is taken out where the base has the key, else it stays. Values of
/// `child` become part of `base`. Throws Error where a dict without `_delete_` meets something else.
void merge_into(Dict& base, Dict& child);

/// The same for overrides. With `allow_list_keys` a key of digits addresses an element of a list, which may be replaced
/// whole; `_delete_` is never left behind inside of a dict.
void merge_options_into(Value& base, Dict& options, bool allow_list_keys);

}  // namespace millrace
