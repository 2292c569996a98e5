#pragma once

#include "millrace/base/error.h"

namespace millrace {

/// An Error whose cause is an operation that failed, not what a user wrote: libtorch refused it, or there was no memory
/// for it. What the library threw is nested in it: `std::rethrow_if_nested(error)` throws the original. The command
/// exits with 1.
class Failure : public Error {
 public:
  using Error::Error;
};

}  // namespace millrace
