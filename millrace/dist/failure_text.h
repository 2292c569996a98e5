#pragma once

#include <exception>
#include <string>

namespace millrace {

/// What an exception says in one line.
std::string failure_text(const std::exception_ptr& failure);

}  // namespace millrace
