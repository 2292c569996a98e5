#pragma once

#include <span>
#include <string>
#include <string_view>

#include "millrace/config/config.h"

namespace millrace {

/// Changes a config by arguments `key=value` of a command line, as MMEngine's `--cfg-options` does.
///
///     apply_overrides(config, std::vector<std::string>{"optim_wrapper.optimizer.lr=0.01", "train_pipeline.0.type=X"});
///
/// A key is a path of names and of indices of lists; missing dicts are created. All arguments are merged together; of
/// two with the same key the later one wins. Keys and values get the place "command line: key=value". If the config has
/// already used a name, an override of it does not change the values made from it: Config::overridden lists them.
///
/// Throws Error for an argument without '=', a value with brackets that do not match, an index outside of its list, and
/// a key below a value that has no keys.
void apply_overrides(Config& config, std::span<const std::string> arguments);

/// "command line: key=value".
Place override_place(const std::string& argument);
/// Whether a place is that of an override, not one in a file; and the argument of such a place.
bool is_override_place(const Place& place);
std::string override_of(const Place& place);

/// Merges options into a tree; keys may hold dots: {"model.depth": 18}.
void merge_options(Value& tree, const Value& options, bool allow_list_keys = true);

/// Reads the text after '=': 1, 1.5, true, None, text, `1,2` and `[1,2]` (lists), `(1,2)` (a tuple). Outer quotes are
/// stripped first, then blanks removed, so '1' is the int 1. Beyond MMEngine: `{'a': 1}` is a dict, and a text that is
/// quoted as a whole keeps its blanks.
Value parse_override(std::string_view text, const Place& place);

}  // namespace millrace
