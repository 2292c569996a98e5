#pragma once

#include <array>
#include <utility>
#include <vector>

#include "millrace/optim/kernels/step_elements.h"

namespace millrace {

namespace detail {

template <class T, class Rule, class... Columns>
MILLRACE_RULE inline auto step_one_and_sum(const Rule& rule, T grad, Columns&... columns) {
  return [&](auto... elements) MILLRACE_RULE {
    const auto terms = rule(Element<T>{grad}, elements...);
    ((columns = elements.value), ...);
    return terms;
  }(Element<T>{columns}...);
}

// Sums side by side, so that they fit into vectors. A block is short enough to be summed in T.
#define MILLRACE_SUM_LOOP(name, attributes)                                                      \
  template <class T, size_t kSums, class Rule, class... Columns>                                 \
  attributes void name(const Rule& given, int64_t count, double* sums, const T* __restrict grad, \
                       Columns* __restrict... columns) {                                         \
    constexpr int64_t kLanes = 32;                                                               \
    const Rule rule = given;                                                                     \
    T lanes[kSums][kLanes] = {};                                                                 \
    int64_t i = 0;                                                                               \
    for (; i + kLanes <= count; i += kLanes) {                                                   \
      MILLRACE_INDEPENDENT                                                                       \
      for (int64_t k = 0; k < kLanes; ++k) {                                                     \
        const auto terms = step_one_and_sum<T>(rule, grad[i + k], columns[i + k]...);            \
        for (size_t s = 0; s < kSums; ++s) lanes[s][k] += terms[s].value;                        \
      }                                                                                          \
    }                                                                                            \
    for (; i < count; ++i) {                                                                     \
      const auto terms = step_one_and_sum<T>(rule, grad[i], columns[i]...);                      \
      for (size_t s = 0; s < kSums; ++s) lanes[s][0] += terms[s].value;                          \
    }                                                                                            \
    for (size_t s = 0; s < kSums; ++s)                                                           \
      for (int64_t k = 0; k < kLanes; ++k) sums[s] += static_cast<double>(lanes[s][k]);          \
  }
MILLRACE_SUM_LOOP(sum_wide, MILLRACE_WIDE_LOOP)
MILLRACE_SUM_LOOP(sum_plain, MILLRACE_PLAIN_LOOP)
#undef MILLRACE_SUM_LOOP

template <class T, size_t kSums, class Rule, size_t... I>
void sum_stretch(const Rule& rule, void* const* at, int64_t begin, int64_t end, double* sums,
                 std::index_sequence<I...>) {
  const auto* grad = static_cast<const T*>(at[0]) + begin;
  if (has_wide_vectors()) sum_wide<T, kSums>(rule, end - begin, sums, grad, (static_cast<T*>(at[1 + I]) + begin)...);
  else sum_plain<T, kSums>(rule, end - begin, sums, grad, (static_cast<T*>(at[1 + I]) + begin)...);
}

template <size_t kSums, class Rule, size_t... I>
std::array<double, kSums> sum_whole(const Rule& rule, Optimizer::Bucket& bucket, size_t i,
                                    [[maybe_unused]] std::span<const size_t> columns, std::index_sequence<I...>) {
  const at::Tensor tensors[] = {bucket.params[i], bucket.state[columns[I]][i]...};
  std::array<double, kSums> sums;
  [&](auto... elements) {
    const auto terms = rule(Element<at::Tensor>{bucket.grads[i]}, elements...);
    size_t c = 0;
    (tensors[c++].copy_(elements.value), ...);
    for (size_t s = 0; s < kSums; ++s) sums[s] = terms[s].value.sum().template item<double>();
  }(Element<at::Tensor>{tensors[0]}, Element<at::Tensor>{tensors[1 + I]}...);
  return sums;
}

}  // namespace detail

/// As step_elements, for a rule that also returns numbers (std::array of kSums elements): their sums over each parameter
/// of the bucket. Added up block by block, so the sums don't depend on the number of threads.
template <size_t kSums, size_t kColumns, class RuleOf>
std::vector<std::array<double, kSums>> sum_elements(Optimizer::Bucket& bucket,
                                                    const std::array<size_t, kColumns>& columns,
                                                    const RuleOf& rule_of) {
  std::vector<std::array<double, kSums>> sums(bucket.params.size());
  if (!has_strips(bucket)) {
    for (size_t i = 0; i < bucket.params.size(); ++i)
      sums[i] = detail::sum_whole<kSums>(rule_of(i), bucket, i, columns, std::make_index_sequence<kColumns>());
    return sums;
  }
  const std::vector<Strip> strips = strips_of(bucket, columns);
  const auto rules = detail::rules_of(strips, rule_of);
  const at::ScalarType dtype = bucket.params[0].scalar_type();
  const StripWalk walk(strips);
  std::vector<std::array<double, kSums>> of_blocks(static_cast<size_t>(walk.blocks()));
  walk.run([&](const Stretch& stretch) {
    constexpr auto kPlaces = std::make_index_sequence<kColumns + 1>();
    const auto s = static_cast<size_t>(stretch.strip - strips.data());
    for (int64_t begin = stretch.begin; begin < stretch.end; begin += kBlock) {
      const int64_t end = std::min(begin + kBlock, stretch.end);
      double* block = of_blocks[static_cast<size_t>(walk.first_block(s) + begin / kBlock)].data();
      void* const* at = stretch.strip->at;
      if (dtype == at::kFloat) detail::sum_stretch<float, kSums>(rules[s], at, begin, end, block, kPlaces);
      else if (dtype == at::kDouble) detail::sum_stretch<double, kSums>(rules[s], at, begin, end, block, kPlaces);
      else
        detail::in_float<kColumns + 2>({stretch.strip, begin, end}, dtype, [&](void* const* floats, int64_t count) {
          detail::sum_stretch<float, kSums>(rules[s], floats, 0, count, block, kPlaces);
        });
    }
  });
  for (size_t s = 0; s < strips.size(); ++s)
    for (int64_t block = walk.first_block(s); block < walk.first_block(s + 1); ++block)
      for (size_t k = 0; k < kSums; ++k) sums[strips[s].param][k] += of_blocks[static_cast<size_t>(block)][k];
  return sums;
}

}  // namespace millrace
