#include "millrace/data/samplers/infinite_sampler.h"

#include <numeric>

namespace millrace {

InfiniteSampler::InfiniteSampler(const SamplerArgs& args, const Options& options)
    : args_(args),
      options_(checked<InfiniteSampler>(options)),
      permutations_(args.size, options_.seed ? static_cast<uint64_t>(*options_.seed) : args.seed) {}

std::vector<int64_t> InfiniteSampler::order(int64_t pass) {
  // The W ranks together go through W permutations in a pass.
  std::vector<int64_t> own;
  own.reserve(static_cast<size_t>(args_.size));
  int64_t place = args_.rank;  // within the permutation at hand
  for (int64_t cycle = pass * args_.world_size; cycle < (pass + 1) * args_.world_size; ++cycle) {
    std::vector<int64_t> all;
    if (options_.shuffle) {
      all = permutations_.at(cycle);
    } else {
      all.resize(static_cast<size_t>(args_.size));
      std::iota(all.begin(), all.end(), 0);
    }
    if (args_.world_size == 1) return all;
    for (; place < args_.size; place += args_.world_size) own.push_back(all[static_cast<size_t>(place)]);
    place -= args_.size;
  }
  return own;
}

MILLRACE_REGISTER(Sampler, InfiniteSampler);

}  // namespace millrace
