#include "millrace/model/merge_views.h"

#include <vector>

namespace millrace {

void merge_views(Batch& batch, const std::function<Sample(std::span<const Sample> views)>& merge) {
  if (!batch.has(keys::view_of)) return;
  const at::Tensor sample_of = batch.tensor(keys::view_of).cpu();
  const int64_t* const samples = sample_of.const_data_ptr<int64_t>();
  std::vector<Sample> merged, views;
  for (int64_t row = 0; row < batch.size(); ++row) {
    views.push_back(batch.row(row));
    if (row + 1 < batch.size() && samples[row + 1] == samples[row]) continue;
    Sample& one = merged.emplace_back(merge(views));
    one.erase(keys::view_of);
    one.set_position(views[0].position());
    views.clear();
  }
  batch = Batch::from(merged);
}

}  // namespace millrace
