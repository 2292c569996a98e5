#pragma once

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "millrace/optim/kernels/element.h"
#include "millrace/optim/kernels/loop.h"
#include "millrace/optim/kernels/strips.h"
#include "millrace/optim/optimizer_with.h"

namespace millrace {

/// The base of an optimizer whose rule acts on each element by itself: one pass over all parameters of a bucket, with AVX2
/// if the machine has it.
///
///     struct HeavyBallOptions { double lr = 1e-3; template <class Fields> static void describe(Fields& f) {…} };
///
///     class HeavyBall final : public ElementWiseOptimizer<HeavyBallOptions> {
///      public:
///       HeavyBall(std::vector<ParamGroup> groups, const Options& options)
///           : ElementWiseOptimizer(std::move(groups), of<HeavyBall>(options), {"momentum_buffer"}) {}
///
///      private:
///       void step_bucket(const Options& options, Bucket& bucket) override {
///         step_elements<1>(bucket, {0}, [&](size_t param) {
///           return [lr = options.lr](auto g, auto& p, auto& m) MILLRACE_RULE {
///             m = 0.9 * m + g;
///             p = p - lr * m;
///           };
///         });
///       }
///     };
///     MILLRACE_REGISTER(Optimizer, HeavyBall);
template <class O>
class ElementWiseOptimizer : public OptimizerWith<O> {
 protected:
  using OptimizerWith<O>::OptimizerWith;
  bool fuses(const O&) const override { return true; }  // gradients are laid out like parameters
};

namespace detail {

template <class T, class Rule, class... Columns>
MILLRACE_RULE inline void step_one(const Rule& rule, T grad, Columns&... columns) {
  [&](auto... elements) MILLRACE_RULE {
    rule(Element<T>{grad}, elements...);
    ((columns = elements.value), ...);
  }(Element<T>{columns}...);
}

// The loop reads an element itself: gcc would otherwise compile it with the options of what it calls.
#define MILLRACE_STEP_LOOP(name, attributes)                                                                         \
  template <class T, class Rule, class... Columns>                                                                   \
  attributes void name(const Rule& given, int64_t count, const T* __restrict grad, Columns* __restrict... columns) { \
    const Rule rule = given;                                                                                         \
    MILLRACE_INDEPENDENT                                                                                             \
    for (int64_t i = 0; i < count; ++i) step_one<T>(rule, grad[i], columns[i]...);                                   \
  }
MILLRACE_STEP_LOOP(step_wide, MILLRACE_WIDE_LOOP)
MILLRACE_STEP_LOOP(step_plain, MILLRACE_PLAIN_LOOP)
#undef MILLRACE_STEP_LOOP

template <class T, class Rule, size_t... I>
void step_stretch(const Rule& rule, void* const* at, int64_t begin, int64_t end, std::index_sequence<I...>) {
  const auto* grad = static_cast<const T*>(at[0]) + begin;
  if (has_wide_vectors()) step_wide<T>(rule, end - begin, grad, (static_cast<T*>(at[1 + I]) + begin)...);
  else step_plain<T>(rule, end - begin, grad, (static_cast<T*>(at[1 + I]) + begin)...);
}

/// bfloat16 and half: `work(at, count)` sees a part of the stretch as floats, which it may change but for the gradient's.
template <size_t kPlaces, class Work>
void in_float(const Stretch& stretch, at::ScalarType dtype, const Work& work) {
  constexpr int64_t kAtOnce = 512;
  float values[kPlaces][kAtOnce];
  void* at[kPlaces];
  for (size_t c = 0; c < kPlaces; ++c) at[c] = values[c];
  for (int64_t begin = stretch.begin; begin < stretch.end; begin += kAtOnce) {
    const int64_t count = std::min(kAtOnce, stretch.end - begin);
    const auto place = [&](size_t c) { return static_cast<uint16_t*>(stretch.strip->at[c]) + begin; };
    for (size_t c = 0; c < kPlaces; ++c) widen(place(c), dtype, values[c], count);
    work(at, count);
    for (size_t c = 1; c < kPlaces; ++c) narrow(values[c], place(c), dtype, count);
  }
}

template <class Rule, size_t... I>
void step_whole(const Rule& rule, Optimizer::Bucket& bucket, size_t i, std::span<const size_t> columns,
                std::index_sequence<I...>) {
  const at::Tensor tensors[] = {bucket.params[i], bucket.state[columns[I]][i]...};
  [&](auto... elements) {
    rule(Element<at::Tensor>{bucket.grads[i]}, elements...);
    size_t c = 0;
    (tensors[c++].copy_(elements.value), ...);
  }(Element<at::Tensor>{tensors[0]}, Element<at::Tensor>{tensors[1 + I]}...);
}

template <class RuleOf>
auto rules_of(const std::vector<Strip>& strips, const RuleOf& rule_of) {
  std::vector<decltype(rule_of(size_t(0)))> rules;
  rules.reserve(strips.size());
  for (const Strip& strip : strips) rules.push_back(rule_of(strip.param));
  return rules;
}

}  // namespace detail

/// Applies a rule to every element of the bucket, where `columns` are places of its state. `rule_of(i)` makes the rule
/// of parameter i; called once each, it computes what all its elements share. The rule takes the gradient's element and
/// changes those of the parameter and the columns, in this order.
template <size_t kColumns, class RuleOf>
void step_elements(Optimizer::Bucket& bucket, const std::array<size_t, kColumns>& columns, const RuleOf& rule_of) {
  if (!has_strips(bucket)) {
    for (size_t i = 0; i < bucket.params.size(); ++i)
      detail::step_whole(rule_of(i), bucket, i, columns, std::make_index_sequence<kColumns>());
    return;
  }
  const std::vector<Strip> strips = strips_of(bucket, columns);
  const auto rules = detail::rules_of(strips, rule_of);
  const at::ScalarType dtype = bucket.params[0].scalar_type();
  StripWalk(strips).run([&](const Stretch& stretch) {
    const auto& rule = rules[static_cast<size_t>(stretch.strip - strips.data())];
    constexpr auto kPlaces = std::make_index_sequence<kColumns + 1>();
    const auto& [strip, begin, end] = stretch;
    if (dtype == at::kFloat) detail::step_stretch<float>(rule, strip->at, begin, end, kPlaces);
    else if (dtype == at::kDouble) detail::step_stretch<double>(rule, strip->at, begin, end, kPlaces);
    else
      detail::in_float<kColumns + 2>(stretch, dtype, [&](void* const* at, int64_t count) {
        detail::step_stretch<float>(rule, at, 0, count, kPlaces);
      });
  });
}

}  // namespace millrace
