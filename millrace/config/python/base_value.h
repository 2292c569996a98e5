#pragma once

#include <string_view>

namespace millrace::py {

/// Whether a text begins with {{_base_.a.b}}.
bool is_base_value(std::string_view text);

}  // namespace millrace::py
