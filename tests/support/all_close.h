#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/argmax.h>
#include <gmock/gmock.h>

#include <sstream>
#include <string>

namespace millrace {

/// |given - expected| <= atol + rtol |expected| for every element.
struct Tolerance {
  double rtol = 0;
  double atol = 0;
};

/// Compares dtype, shape and values; says which element is worst.
class AllCloseMatcher {
 public:
  using is_gtest_matcher = void;
  AllCloseMatcher(at::Tensor expected, Tolerance tolerance) : expected_(std::move(expected)), tolerance_(tolerance) {}

  bool MatchAndExplain(const at::Tensor& given, std::ostream* out) const {
    std::ostringstream why;
    const bool fits = match(given, why);
    if (out) *out << why.str();
    return fits;
  }
  void DescribeTo(std::ostream* out) const { *out << "is close to the expected tensor"; }
  void DescribeNegationTo(std::ostream* out) const { *out << "is not close to the expected tensor"; }

 private:
  bool match(const at::Tensor& given, std::ostream& why) const {
    if (!given.defined()) return why << "which is undefined", false;
    if (given.scalar_type() != expected_.scalar_type())
      return why << "whose dtype is " << given.dtype() << ", not " << expected_.dtype(), false;
    if (given.sizes() != expected_.sizes())
      return why << "whose shape is " << given.sizes() << ", not " << expected_.sizes(), false;
    if (given.numel() == 0) return true;
    const at::Tensor a = given.detach().cpu().to(at::kDouble).flatten(),
                     b = expected_.detach().cpu().to(at::kDouble).flatten();
    const at::Tensor excess = (a - b).abs() - (b.abs() * tolerance_.rtol + tolerance_.atol);
    const at::Tensor bad =
        excess.gt(0).logical_or_(excess.isnan()).logical_and_(a.isnan().logical_and(b.isnan()).logical_not());
    if (!bad.any().item<bool>()) return true;
    const int64_t worst = excess.masked_fill(bad.logical_not(), -1).nan_to_num(1e300).argmax().item<int64_t>();
    why << "of whose " << given.numel() << " elements " << bad.sum().item<int64_t>() << " differ, worst element "
        << worst << " (flat): " << a[worst].item<double>() << ", not " << b[worst].item<double>();
    return false;
  }

  at::Tensor expected_;
  Tolerance tolerance_;
};

inline testing::Matcher<const at::Tensor&> AllClose(at::Tensor expected, Tolerance tolerance = {}) {
  return AllCloseMatcher(std::move(expected), tolerance);
}

/// The same bits, dtype and shape.
inline testing::Matcher<const at::Tensor&> SameTensor(at::Tensor expected) {
  return AllCloseMatcher(std::move(expected), {});
}

}  // namespace millrace
