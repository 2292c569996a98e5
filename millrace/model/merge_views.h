#pragma once

#include <functional>
#include <span>

#include "millrace/structures/batch.h"

namespace millrace {

/// Merges the views of each sample (see ViewTransform) with their predictions into one row, as MMEngine's
/// `BaseTTAModel.merge_preds` does. A model calls it at the end of its test_step, since an Evaluator expects one row
/// per sample.
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
/// `merge` gets at least one view; the row gets the position of its views. A batch without `view_of` does not change.
void merge_views(Batch& batch, const std::function<Sample(std::span<const Sample> views)>& merge);

}  // namespace millrace
