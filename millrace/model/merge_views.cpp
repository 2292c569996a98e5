#include "millrace/model/merge_views.h"

namespace millrace {

Batch merge_views(const std::vector<Sample>& rows, std::span<const int64_t> sample_of, const MergeViews& merge) {
  std::vector<Sample> merged;
  size_t begin = 0;
  for (size_t end = 1; end <= rows.size(); ++end) {
    if (end < rows.size() && sample_of[end] == sample_of[begin]) continue;
    Sample& one = merged.emplace_back(merge(std::span(rows).subspan(begin, end - begin)));
    one.erase(keys::view_of);
    one.set_position(rows[begin].position());
    begin = end;
  }
  return Batch::from(merged);
}

void merge_views(Batch& batch, const MergeViews& merge) {
  if (!batch.has(keys::view_of)) return;
  const at::Tensor sample_of = batch.tensor(keys::view_of).cpu();
  std::vector<Sample> rows;
  for (int64_t i = 0; i < batch.size(); ++i) rows.push_back(batch.row(i));
  batch = merge_views(rows, {sample_of.const_data_ptr<int64_t>(), rows.size()}, merge);
}

}  // namespace millrace
