#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "millrace/config/source.h"

namespace millrace {

/// The passes over the text of a classic config before it is parsed, in MMEngine's order.

/// `{{ fileDirname }}`, `{{ fileBasename }}`, `{{ fileBasenameNoExtension }}`, `{{ fileExtname }}`, of an absolute
/// path.
void substitute_file_variables(Source& source, const std::string& absolute_path);

/// `{{$NAME:default}}` and `{{'$NAME:default'}}`. Adds the variables that were read to `used`. Throws Error if a
/// variable is not set, or empty, and has no default.
void substitute_environment(Source& source,
                            const std::function<std::optional<std::string>(const std::string&)>& environment,
                            std::map<std::string, std::string>& used);

/// `{{_base_.a.b}}` in YAML and JSON becomes a string in quotes: base_marker and the path.
void substitute_base_values(Source& source);
inline constexpr std::string_view kBaseMarker = "{{millrace base value}}";

}  // namespace millrace
