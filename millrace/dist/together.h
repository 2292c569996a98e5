#pragma once

#include <exception>

#include "millrace/base/error.h"
#include "millrace/dist/ranks.h"

namespace millrace {

/// What the other ranks throw where one of them failed: "rank 1 failed: the disk is full".
class FailedElsewhere final : public Error {
 public:
  using Error::Error;
};

/// Meets the other ranks behind what each of them did for itself: if one of them comes with a failure, all end here.
/// Who has it throws it, the others FailedElsewhere.
void meet_with(Ranks& ranks, const std::exception_ptr& failure);

/// Does what needs no other rank. An exception in there ends it on all ranks at this place, so that they can still save
/// what they have, together. Every rank makes this call; calls of Ranks in there must be the same on all ranks, whatever
/// is thrown.
template <class Body>
void together(Ranks& ranks, Body&& body) {
  if (ranks.size() == 1) return body();
  std::exception_ptr failure;
  try {
    body();
  } catch (...) {
    failure = std::current_exception();
  }
  meet_with(ranks, failure);
}

}  // namespace millrace
