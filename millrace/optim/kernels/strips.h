#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "millrace/optim/optimizer.h"

namespace millrace {

/// The memory that one parameter's rule walks over: the gradient, the parameter and columns of its state, side by side.
/// All have the same number of elements, dtype and layout.
struct Strip {
  static constexpr size_t kMost = 6;
  void* at[kMost];  // 0: the gradient, 1: the parameter, then the columns
  int64_t numel;
  size_t param;  // its place in the bucket
};

/// Whether loops over memory can do the bucket: on a CPU, dense and laid out alike.
bool has_strips(const Optimizer::Bucket& bucket);
/// `columns` of the state, in the order of the rule's arguments.
std::vector<Strip> strips_of(const Optimizer::Bucket& bucket, std::span<const size_t> columns);

/// A part of a strip that a thread does at once. It begins at a multiple of kBlock, so results don't depend on how many
/// threads there are.
struct Stretch {
  const Strip* strip;
  int64_t begin, end;  // elements
};
inline constexpr int64_t kBlock = 2048;

/// Calls `work` with stretches that cover all strips, in a few threads: many small strips are one call each, of one
/// thread; a large one is divided.
class StripWalk {
 public:
  explicit StripWalk(const std::vector<Strip>& strips);
  /// Blocks of all strips; that of (strip, element) is first_block(strip) + element / kBlock.
  int64_t blocks() const { return first_.back(); }
  int64_t first_block(size_t strip) const { return first_[strip]; }

  template <class Work>
  void run(const Work& work) const {
    run_blocks([](const void* context, const Stretch& stretch) { (*static_cast<const Work*>(context))(stretch); },
               &work);
  }

 private:
  using Call = void (*)(const void* context, const Stretch& stretch);
  void run_blocks(Call call, const void* context) const;

  const std::vector<Strip>& strips_;
  int64_t numel_ = 0;
  std::vector<int64_t> first_;  // blocks before a strip; the last entry is their number
};

/// Whether loops may use AVX2 and FMA: the processor has them and ATEN_CPU_CAPABILITY, which chooses libtorch's own
/// kernels, is not `default`.
bool has_wide_vectors();

/// bfloat16 and half are computed in float, a block at a time.
void widen(const void* from, at::ScalarType dtype, float* to, int64_t count);
void narrow(const float* from, void* to, at::ScalarType dtype, int64_t count);

}  // namespace millrace
