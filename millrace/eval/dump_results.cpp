#include "millrace/eval/dump_results.h"

#include <fmt/format.h>

#include "millrace/eval/results_file.h"
#include "millrace/structures/batch.h"

namespace millrace {

void DumpResults::check(const Options& options, Complaints& complaints) {
  if (!is_results_path(*options.out_file_path))
    complaints.add("out_file_path", fmt::format("DumpResults.out_file_path must end in .pkl, .pickle or .pth, got '{}'",
                                                *options.out_file_path));
}

DumpResults::DumpResults(Options options)
    : Metric("", options.common), options_(checked<DumpResults>(std::move(options))) {}

void DumpResults::process(const Batch& batch) {
  Batch kept = batch;
  kept.erase(keys::inputs);
  kept.erase(keys::img);
  batches_.push_back(state_of_batch(kept));
}

void DumpResults::absorb(const State& partial) {
  batches_.insert(batches_.end(), partial.items().begin(), partial.items().end());
}

MetricMap DumpResults::compute() {
  StoredResults results{meta_, {}};
  for (const State& batch : batches_) results.batches.push_back(batch_of_state(batch));
  results.batches = sorted_rows(results.batches);
  write_results(path(), results);
  return {};
}

MILLRACE_REGISTER(Metric, DumpResults);

}  // namespace millrace
