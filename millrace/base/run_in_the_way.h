#pragma once

#include "millrace/base/error.h"

namespace millrace {

/// An Error that is not the fault of this run's options: another run of the process trains, and both can't at once.
class RunInTheWay final : public Error {
 public:
  explicit RunInTheWay(const Error& reason) : Error(reason) {}
};

}  // namespace millrace
