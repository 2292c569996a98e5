#include "millrace/data/samplers/default_sampler.h"

#include <numeric>

#include "millrace/data/samplers/permutations.h"

namespace millrace {

DefaultSampler::DefaultSampler(const SamplerArgs& args, const Options& options)
    : args_(args), options_(checked<DefaultSampler>(options)) {
  if (options_.seed) args_.seed = static_cast<uint64_t>(*options_.seed);
}

int64_t DefaultSampler::length() const {
  const int64_t first = options_.round_up ? 0 : args_.rank;  // without it, later ranks may have one row less
  return (args_.size - first + args_.world_size - 1) / args_.world_size;
}

int64_t DefaultSampler::padding() const {
  // Row k of this rank is at k W + r of the order; from N on rows are repeated ones.
  const int64_t real = (args_.size - args_.rank + args_.world_size - 1) / args_.world_size;
  return length() - std::max<int64_t>(real, 0);
}

std::vector<int64_t> DefaultSampler::order(int64_t pass) {
  std::vector<int64_t> all;
  if (options_.shuffle) {
    all = Permutations(args_.size, args_.seed + static_cast<uint64_t>(pass)).at(0);
  } else {
    all.resize(static_cast<size_t>(args_.size));
    std::iota(all.begin(), all.end(), 0);
  }
  if (args_.world_size == 1) return all;
  std::vector<int64_t> own(static_cast<size_t>(length()));
  for (size_t k = 0; k < own.size(); ++k)
    own[k] = all[(k * static_cast<size_t>(args_.world_size) + static_cast<size_t>(args_.rank)) % all.size()];
  return own;
}

MILLRACE_REGISTER(Sampler, DefaultSampler);

}  // namespace millrace
