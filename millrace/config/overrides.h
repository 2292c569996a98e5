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
/// A key is a path of names, and of indices of lists; what is missing is created. All arguments together are merged at
/// once, a later one beats an earlier one of the same key. Keys and values get the place "command line: key=value".
/// An override of a name that the config has read changes nothing of what it made of that name: Config::overridden says
/// what that is.
///
/// Throws Error for an argument without '=', a value with brackets that do not match, an index outside of its list,
/// and a key below something that has no keys.
void apply_overrides(Config& config, std::span<const std::string> arguments);

/// "command line: key=value".
Place override_place(const std::string& argument);
/// Whether a place is that of an override, which is in no file; and the argument.
bool is_override_place(const Place& place);
std::string override_of(const Place& place);

/// Merges options into a tree; keys may hold dots: {"model.depth": 18}.
void merge_options(Value& tree, const Value& options, bool allow_list_keys = true);

/// What is written behind '=': 1, 1.5, true, None, text, `1,2` and `[1,2]` (lists), `(1,2)` (a tuple). Outer quotes are
/// stripped first, then blanks removed, so '1' is the int 1. Beyond MMEngine: `{'a': 1}` is a dict, and a text that is
/// quoted as a whole keeps its blanks.
Value parse_override(std::string_view text, const Place& place);

}  // namespace millrace
