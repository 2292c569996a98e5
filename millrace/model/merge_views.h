#pragma once

#include <functional>
#include <span>

#include "millrace/structures/batch.h"

namespace millrace {

/// Makes one row of the views of each sample (see ViewTransform), with predictions and all, as MMEngine's
/// `BaseTTAModel.merge_preds` does. An Evaluator counts samples, so a model calls it at the end of its test_step.
///
///     void test_step(Batch& batch) override {
///       val_step(batch);
///       merge_views(batch, [](std::span<const Sample> views) {
///         Sample merged = views[0];
///         merged.set("pred_depth"_key, mean_of(views, "pred_depth"_key));
///         return merged;
///       });
///     }
///
/// `merge` gets at least one view; the row has the position of its views. A batch without `view_of` stays as it is.
void merge_views(Batch& batch, const std::function<Sample(std::span<const Sample> views)>& merge);

}  // namespace millrace
