#include "millrace/eval/measures/region_scores.h"

#include "millrace/eval/measures/defined.h"

namespace millrace {

RegionScores region_scores(const at::Tensor& pair_counts, double beta) {
  const at::Tensor counts = pair_counts.cpu().to(at::kDouble);
  const at::Tensor right = counts.diagonal().contiguous(), truth = counts.sum(1), guess = counts.sum(0);
  RegionScores scores;
  scores.all_accuracy = quotient(right.sum().item<double>(), counts.sum().item<double>());
  for (int64_t c = 0; c < counts.size(0); ++c) {
    const double tp = right.const_data_ptr<double>()[c], labels = truth.const_data_ptr<double>()[c],
                 predicted = guess.const_data_ptr<double>()[c];
    const bool is_present = labels + predicted > 0;
    const auto share = [&](double a, double b) { return !is_present ? kUndefined : b == 0 ? 0 : a / b; };
    const double precision = share(tp, predicted), recall = share(tp, labels), weight = beta * beta;
    scores.iou.push_back(share(tp, labels + predicted - tp));
    scores.dice.push_back(share(2 * tp, labels + predicted));
    scores.precision.push_back(precision);
    scores.recall.push_back(recall);
    scores.fscore.push_back(share((1 + weight) * precision * recall, weight * precision + recall));
  }
  return scores;
}

}  // namespace millrace
