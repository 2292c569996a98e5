#pragma once

#include "millrace/model/tta_model.h"

namespace millrace::classification {

/// Test-time augmentation of classifiers: the scores of a sample are the mean of those of its views.
///
///     tta_model = dict(type='AverageClsScoreTTA')
///
/// Reads   pred_score (K) of each view
/// Writes  pred_score (K), their mean; pred_label, where it is largest. All else is that of the first view.
class AverageClsScoreTTA final : public BaseTTAModel {
 private:
  Sample merge(std::span<const Sample> views) const override;
};

}  // namespace millrace::classification
