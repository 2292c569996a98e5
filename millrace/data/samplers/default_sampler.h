#pragma once

#include <optional>

#include "millrace/data/sampler.h"

namespace millrace {

/// Every sample once per pass, in MMEngine's order:  torch.randperm(N) of a generator seeded with seed + pass; rank r
/// of W takes places r, r + W, r + 2W, …
///
///     sampler=dict(type='DefaultSampler', shuffle=True)
///
/// With `round_up` the order is repeated from its beginning until W divides its length, so that all ranks have equally
/// many rows; the repeated rows are padding.
class DefaultSampler final : public Sampler {
 public:
  struct Options {
    bool shuffle = true;
    std::optional<int64_t> seed;
    bool round_up = true;

    template <class Fields>
    static void describe(Fields& f) {
      f("shuffle", &Options::shuffle, "a new random order in each pass");
      f("seed", &Options::seed, "seed of the order; None: the run's").at_least(0);
      f("round_up", &Options::round_up, "repeat samples so that all ranks have equally many");
    }
  };
  explicit DefaultSampler(const SamplerArgs& args) : DefaultSampler(args, Options{}) {}
  DefaultSampler(const SamplerArgs& args, const Options& options);

  int64_t length() const override;
  std::vector<int64_t> order(int64_t pass) override;
  int64_t padding() const override;

 private:
  SamplerArgs args_;
  Options options_;
};

}  // namespace millrace
