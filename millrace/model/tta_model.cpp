#include "millrace/model/tta_model.h"

#include <utility>
#include <vector>

#include "millrace/base/class_name.h"
#include "millrace/model/merge_views.h"
#include "millrace/model/model.h"
#include "millrace/structures/batch.h"

namespace millrace {

namespace {

std::vector<int64_t> samples_of_views(const Batch& batch) {
  const at::Tensor values = batch.tensor(keys::view_of).cpu().contiguous();
  return {values.const_data_ptr<int64_t>(), values.const_data_ptr<int64_t>() + values.numel()};
}

/// The rows that are first views of their samples, then those that are second views, and so on.
std::vector<std::vector<size_t>> rows_by_view(const std::vector<int64_t>& sample_of) {
  std::vector<std::vector<size_t>> rows;
  size_t view = 0;
  for (size_t i = 0; i < sample_of.size(); ++i) {
    view = i > 0 && sample_of[i] == sample_of[i - 1] ? view + 1 : 0;
    if (view == rows.size()) rows.emplace_back();
    rows[view].push_back(i);
  }
  return rows;
}

}  // namespace

void BaseTTAModel::test_step(Model& model, Batch& batch) const {
  if (!batch.has(keys::view_of)) return model.test_step(batch);
  const std::vector<int64_t> sample_of = samples_of_views(batch);
  batch.erase(keys::view_of);
  std::vector<Sample> rows(sample_of.size());
  for (const std::vector<size_t>& own : rows_by_view(sample_of)) {
    std::vector<Sample> views;
    for (const size_t row : own) views.push_back(batch.row(static_cast<int64_t>(row)));
    Batch part = Batch::from(views);
    model.test_step(part);
    for (size_t i = 0; i < own.size(); ++i) rows[own[i]] = part.row(static_cast<int64_t>(i));
  }
  batch = merge_views(rows, sample_of, [this](std::span<const Sample> views) {
    try {
      return merge(views);
    } catch (Error& error) {
      error.note("while " + class_name_of(typeid(*this)) + " merges the views of a sample");
      throw;
    }
  });
}

}  // namespace millrace
