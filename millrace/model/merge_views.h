#pragma once

#include <functional>
#include <span>

#include "millrace/structures/batch.h"

namespace millrace {

/// Makes one row of the views of each sample (see ViewTransform), with predictions and all, as MMEngine's
/// `BaseTTAModel.merge_preds` does. An Evaluator counts samples, so a model calls it at the end of its test_step.
///
///     model.val_step(batch);
///     merge_views(batch, [](std::span<const Sample> views) {
///       at::Tensor sum = views[0].tensor("pred_depth"_key);
///       for (const Sample& view : views.subspan(1)) sum = sum + view.tensor("pred_depth"_key);
///       Sample merged = views[0];
///       merged.set("pred_depth"_key, sum / static_cast<double>(views.size()));
///       return merged;
///     });
///
/// `merge` gets at least one view; the row has the position of its views. A batch without `view_of` stays as it is.
void merge_views(Batch& batch, const std::function<Sample(std::span<const Sample> views)>& merge);

}  // namespace millrace
