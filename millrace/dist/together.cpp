#include "millrace/dist/together.h"

#include <string>

#include "millrace/dist/failure_text.h"

namespace millrace {

void meet_with(Ranks& ranks, const std::exception_ptr& failure) {
  if (ranks.agree(failure ? 1 : 0) == 0) return;
  const std::vector<State> all = ranks.all_gather(failure ? State(failure_text(failure)) : State());
  if (failure) std::rethrow_exception(failure);
  for (size_t rank = 0; rank < all.size(); ++rank)
    if (all[rank].is_string()) throw FailedElsewhere("rank " + std::to_string(rank) + " failed: " + all[rank].string());
}

}  // namespace millrace
