#pragma once

#include <optional>

#include "millrace/data/sampler.h"
#include "millrace/data/samplers/permutations.h"

namespace millrace {

/// Samples without end, in MMEngine's order:  torch.randperm(N) again and again from one generator seeded with seed;
/// rank r of W takes places r, r + W, r + 2W, … of the stream.
///
///     sampler=dict(type='InfiniteSampler', shuffle=True)
///
/// A pass of this rank is N rows for any W, so it has as many batches as in MMEngine. Batches continue from one pass
/// into the next.
class InfiniteSampler final : public Sampler {
 public:
  struct Options {
    bool shuffle = true;
    std::optional<int64_t> seed;

    template <class Fields>
    static void describe(Fields& f) {
      f("shuffle", &Options::shuffle, "a new random order after each N samples");
      f("seed", &Options::seed, "seed of the order; None: the run's").at_least(0);
    }
  };
  explicit InfiniteSampler(const SamplerArgs& args) : InfiniteSampler(args, Options{}) {}
  InfiniteSampler(const SamplerArgs& args, const Options& options);

  int64_t length() const override { return args_.size; }
  std::vector<int64_t> order(int64_t pass) override;
  bool is_endless() const override { return true; }

 private:
  SamplerArgs args_;
  Options options_;
  Permutations permutations_;
};

}  // namespace millrace
