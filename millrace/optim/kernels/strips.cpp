#include "millrace/optim/kernels/strips.h"

#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/util/BFloat16.h>
#include <c10/util/Half.h>

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace {

namespace {

/// Fewer elements per thread cost more than they save: waking one takes as long as a step of about this many.
constexpr int64_t kElementsPerThread = 32768;

template <class Half>
void widen_as(const void* from, float* to, int64_t count) {
  const auto* values = static_cast<const Half*>(from);
  for (int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(values[i]);
}

template <class Half>
void narrow_as(const float* from, void* to, int64_t count) {
  auto* values = static_cast<Half*>(to);
  for (int64_t i = 0; i < count; ++i) values[i] = static_cast<Half>(from[i]);
}

}  // namespace

bool has_strips(const Optimizer::Bucket& bucket) { return bucket.fused && bucket.params[0].is_cpu(); }

std::vector<Strip> strips_of(const Optimizer::Bucket& bucket, std::span<const size_t> columns) {
  MILLRACE_ASSERT(columns.size() + 2 <= Strip::kMost, "a strip has room for all columns of a rule");
  std::vector<Strip> strips;
  strips.reserve(bucket.params.size());
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    const int64_t numel = bucket.params[i].numel();
    if (numel == 0) continue;
    Strip& strip = strips.emplace_back();
    strip.numel = numel;
    strip.param = i;
    strip.at[0] = bucket.grads[i].mutable_data_ptr();
    strip.at[1] = bucket.params[i].mutable_data_ptr();
    for (size_t c = 0; c < columns.size(); ++c) strip.at[2 + c] = bucket.state[columns[c]][i].mutable_data_ptr();
  }
  return strips;
}

StripWalk::StripWalk(const std::vector<Strip>& strips) : strips_(strips) {
  first_.reserve(strips.size() + 1);
  first_.push_back(0);
  for (const Strip& strip : strips) {
    first_.push_back(first_.back() + (strip.numel + kBlock - 1) / kBlock);
    numel_ += strip.numel;
  }
}

void StripWalk::run_blocks(Call call, const void* context) const {
  if (numel_ == 0) return;
  const int64_t blocks_per_thread = std::max<int64_t>(1, blocks() * kElementsPerThread / numel_);
  at::parallel_for(0, blocks(), blocks_per_thread, [&](int64_t begin, int64_t end) {
    auto strip = static_cast<size_t>(std::upper_bound(first_.begin(), first_.end(), begin) - first_.begin()) - 1;
    for (int64_t block = begin; block < end; ++strip) {
      const int64_t stop = std::min(end, first_[strip + 1]);
      call(context, {&strips_[strip], (block - first_[strip]) * kBlock,
                     std::min((stop - first_[strip]) * kBlock, strips_[strip].numel)});
      block = stop;
    }
  });
}

bool has_wide_vectors() {
#if defined(__x86_64__) && defined(__GNUC__)
  static const bool is_wide =
      at::get_cpu_capability().starts_with("AVX") && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return is_wide;
#else
  return false;
#endif
}

void widen(const void* from, at::ScalarType dtype, float* to, int64_t count) {
  if (dtype == at::kBFloat16) widen_as<c10::BFloat16>(from, to, count);
  else widen_as<c10::Half>(from, to, count);
}

void narrow(const float* from, void* to, at::ScalarType dtype, int64_t count) {
  if (dtype == at::kBFloat16) narrow_as<c10::BFloat16>(from, to, count);
  else narrow_as<c10::Half>(from, to, count);
}

}  // namespace millrace
