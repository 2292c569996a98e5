#pragma once

#include <array>
#include <cstdint>

#include "millrace/base/mode.h"

namespace millrace {

/// A counter-based generator: Philox4x32-10 (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
///
/// The stream depends only on its key. No state goes from sample to sample, so a draw does not depend on the number of
/// workers, on the one that made the sample, or on whether the run was resumed.
///
///     Rng rng(seed, Mode::train, ordinal);     // the ordinal of the sample in the run's global stream
///     Rng own = rng.at(2);                            // the transform at position 2 of the pipeline
///     const bool flipped = own.uniform() < 0.5;
class Rng {
 public:
  using Block = std::array<uint32_t, 4>;
  using BlockKey = std::array<uint32_t, 2>;

  Rng(uint64_t seed, Mode mode, uint64_t ordinal);

  /// The generator of a child: of the transform at this index of its pipeline. Pipelines may nest.
  Rng at(uint32_t index) const;

  uint32_t bits();
  /// Uniform in [0, 1), of 53 bits.
  double uniform();
  /// Uniform in [low, high), up to rounding.
  double uniform(double low, double high);
  /// Uniform integer in [low, high], both included, without bias (Lemire 2019). Asserts low <= high.
  int64_t integer(int64_t low, int64_t high);
  /// Standard normal (Box and Muller 1958).
  double normal();
  /// Beta(a, b), both above 0, by two gamma draws (Marsaglia and Tsang 2000) whose logarithms are compared: small a and b
  /// do not underflow.
  double beta(double a, double b);

  /// The underlying bijection: ten rounds of Philox4x32.
  static Block philox(Block counter, BlockKey key);

 private:
  Rng(uint64_t key, uint64_t ordinal) : key_(key), ordinal_(ordinal) {}

  uint64_t key_;  // from the seed, the stream and the path
  uint64_t ordinal_;
  uint64_t counter_ = 0;
  Block block_{};
  int used_ = 4;
};

}  // namespace millrace
