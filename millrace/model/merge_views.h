#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "millrace/structures/batch.h"

namespace millrace {

/// Makes one sample of the views of it, with their predictions.
using MergeViews = std::function<Sample(std::span<const Sample> views)>;

/// Merges the views of each sample (see ViewTransform) with their predictions into one row. A model that makes use of
/// views by itself calls it at the end of its test_step, since an Evaluator expects one row per sample; for all other
/// models a BaseTTAModel does it.
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
void merge_views(Batch& batch, const MergeViews& merge);
/// The same for rows; `sample_of[i]` is equal for all views of a sample, which follow each other.
Batch merge_views(const std::vector<Sample>& rows, std::span<const int64_t> sample_of, const MergeViews& merge);

}  // namespace millrace
