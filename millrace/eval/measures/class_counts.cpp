#include "millrace/eval/measures/class_counts.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

#include <numeric>
#include <span>

#include "millrace/eval/measures/defined.h"

namespace millrace {
namespace {

double quotient_or_zero(double a, double b) { return b == 0 ? 0 : a / b; }

double weighted_mean(std::span<const double> values, std::span<const int64_t> weights) {
  double sum = 0, total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    sum += values[i] * static_cast<double>(weights[i]);
    total += static_cast<double>(weights[i]);
  }
  return quotient(sum, total);
}

}  // namespace

at::Tensor class_counts(const at::Tensor& predicted, const at::Tensor& labels, int64_t classes,
                        const at::Tensor& taken) {
  const at::Tensor truth = labels.to(at::kLong), guess = predicted.to(truth.device(), at::kLong);
  const at::Tensor ones = at::ones_like(truth);
  const at::Tensor counted = taken.defined() ? taken.to(truth.device(), at::kLong) : ones;
  at::Tensor counts = at::zeros({3, classes}, truth.options());
  counts[0].scatter_add_(0, truth, ones);
  counts[1].scatter_add_(0, guess, counted);
  counts[2].scatter_add_(0, guess, counted * guess.eq(truth));
  return counts;
}

PrecisionRecall precision_recall(const at::Tensor& counts) {
  const at::Tensor table = counts.cpu().to(at::kLong).contiguous();
  const int64_t classes = table.size(1);
  const int64_t* const labels = table.const_data_ptr<int64_t>();
  PrecisionRecall scores;
  for (int64_t c = 0; c < classes; ++c) {
    const auto label = static_cast<double>(labels[c]), predicted = static_cast<double>(labels[classes + c]),
               right = static_cast<double>(labels[2 * classes + c]);
    scores.precision.push_back(quotient_or_zero(right, predicted));
    scores.recall.push_back(quotient_or_zero(right, label));
    scores.f1.push_back(quotient_or_zero(2 * right, predicted + label));
    scores.support.push_back(labels[c]);
  }
  return scores;
}

AveragedScores macro_average(const PrecisionRecall& scores) {
  return {mean_of_defined(scores.precision), mean_of_defined(scores.recall), mean_of_defined(scores.f1)};
}

AveragedScores weighted_average(const PrecisionRecall& scores) {
  return {weighted_mean(scores.precision, scores.support), weighted_mean(scores.recall, scores.support),
          weighted_mean(scores.f1, scores.support)};
}

AveragedScores micro_average(const at::Tensor& counts) {
  return macro_average(precision_recall(counts.sum(1, /*keepdim=*/true)));
}

}  // namespace millrace
