#pragma once

#include <string>
#include <vector>

#include "millrace/io/file_system.h"
#include "millrace/structures/batch.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The predictions of an evaluation, as metrics see them: what DumpResults writes and `millrace eval CONFIG RESULTS`
/// reads. docs/formats/results.md has the layout of both kinds of files.
///
///     .pth           columns, as torch.save would write them; any field keeps its form
///     .pkl, .pickle  a list with one dict for each sample, as MMEngine's DumpResults writes it; Python's pickle.load
///                    reads it
struct StoredResults {
  State dataset_meta;          // None if the file has none
  std::vector<Batch> batches;  // rows by position
};

/// Whether a path has one of the endings above.
bool is_results_path(const std::string& path);

/// Throws Error if the path has another ending, or for a field that such a file can't hold.
void write_results(const std::string& path, const StoredResults& results, io::FileSystem& files = io::disk());

/// Throws Error with the path for a file that is not of these kinds. Of a .pkl, nested dicts become groups
/// ("pred_instances.bboxes"; with one row per instance if the name of the group ends in "instances"), and whole numbers
/// in tensors of one element become plain numbers, as labels are.
StoredResults read_results(const std::string& path);

/// A batch as a state, and back. The state shares no memory with the batch.
State state_of_batch(const Batch& batch);
Batch batch_of_state(const State& state);

/// The rows of all batches by position, in batches of at most `size` rows.
std::vector<Batch> sorted_rows(const std::vector<Batch>& batches, int64_t size = 1000);

}  // namespace millrace
