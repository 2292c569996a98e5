#pragma once

#include <ATen/core/Generator.h>

#include <cstdint>
#include <vector>

namespace millrace {

/// torch.randperm(n) of the CPU generator, as often as it is asked: what MMEngine's samplers shuffle with.
class Permutations {
 public:
  Permutations(int64_t n, uint64_t seed) : n_(n), seed_(seed) {}

  /// The permutation number `index` (from 0) of the generator seeded with `seed`. Going on is cheap, going back draws
  /// those before it once more.
  std::vector<int64_t> at(int64_t index);

 private:
  int64_t n_;
  uint64_t seed_;
  at::Generator generator_;
  int64_t drawn_ = 0;
};

}  // namespace millrace
