#pragma once

#include <cstdint>
#include <optional>

namespace millrace {

/// Seeds and determinism of a run.
struct Randomness {
  std::optional<int64_t> seed;
  bool diff_rank_seed = false;
  bool deterministic = false;

  template <class Fields>
  static void describe(Fields& f) {
    f("seed", &Randomness::seed,
      "seed of weights, order and augmentation; None draws one, which is in the log and in checkpoints")
        .at_least(0);
    f("diff_rank_seed", &Randomness::diff_rank_seed,
      "add the rank to the seed of weights and dropout; order and augmentation have one seed for all ranks");
    f("deterministic", &Randomness::deterministic, "use only deterministic kernels");
  }
};

}  // namespace millrace
