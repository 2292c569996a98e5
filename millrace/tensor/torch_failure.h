#pragma once

#include <string>
#include <utility>
#include <vector>

#include "millrace/base/failure.h"

namespace c10 {
class Error;
}

namespace millrace {

/// Call it where an exception is handled. If that is libtorch's, throws a Failure with one line of its text, without its
/// backtrace, and the notes; the original is nested in it. Else adds the notes to an Error, and throws it again. Any
/// other exception is thrown again as it is: a host can catch its own.
[[noreturn]] void rethrow_explained(const std::vector<std::string>& notes);

/// Runs `body`; `notes()` says in lines what was being done, where it throws.
template <class Body, class Notes>
decltype(auto) explained(Body&& body, const Notes& notes) {
  try {
    return std::forward<Body>(body)();
  } catch (...) {
    rethrow_explained(notes());
  }
}

}  // namespace millrace
