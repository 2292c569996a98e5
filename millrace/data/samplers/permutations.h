#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <vector>

namespace millrace {

/// The results of repeated torch.randperm(n) with a CPU generator, which MMEngine's samplers shuffle with.
class Permutations {
 public:
  Permutations(int64_t n, uint64_t seed) : n_(n), seed_(seed) {}

  /// The permutation number `index` (from 0) of the generator seeded with `seed`. Going forward is cheap; going back
  /// draws all earlier ones again.
  std::vector<int64_t> at(int64_t index);

 private:
  int64_t n_;
  uint64_t seed_;
  at::Generator generator_;
  int64_t drawn_ = 0;
};

}  // namespace millrace
