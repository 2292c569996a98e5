#pragma once

#include <cstdint>
#include <vector>

#include "millrace/data/dataset.h"

namespace millrace {

/// The arguments that a sampler is built with.
struct SamplerArgs {
  const Dataset& dataset;  // outlives the sampler
  int64_t size = 0;        // use only the first so many samples
  int rank = 0;
  int world_size = 1;
  uint64_t seed = 0;  // the same on all ranks
};

/// Chooses which samples a rank sees in a pass, and in which order.
///
/// The order must depend only on the pass and the arguments, so that a resume gets the same one. Called by one thread
/// at a time.
class Sampler {
 public:
  static constexpr const char* kKind = "Sampler";
  using Registry = millrace::Registry<Sampler, const SamplerArgs&>;

  virtual ~Sampler() = default;

  /// The number of rows in each pass of this rank.
  virtual int64_t length() const = 0;
  /// The samples of pass `pass`, counted from 0: length() indices into the dataset.
  virtual std::vector<int64_t> order(int64_t pass) = 0;
  /// How many rows at the end of each pass were added to fill up; evaluations ignore them.
  virtual int64_t padding() const { return 0; }
  /// Whether the passes are one stream: a batch at the end of one continues in the next.
  virtual bool is_endless() const { return false; }
};

}  // namespace millrace
