#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

class Runner;
enum class Fit;

/// The checkpoint from which a run is resumed. It is read before the run is built, since it holds the seed and the run
/// folder.
struct ResumePoint {
  std::filesystem::path path;
  State checkpoint;

  /// Throws Error if the file holds only weights.
  static ResumePoint read(const std::filesystem::path& path);
  static ResumePoint of(State checkpoint, const std::filesystem::path& path);
  std::optional<uint64_t> seed() const;
  std::string run_folder() const;  // its name; "" if unknown
  /// Whether the run has its checkpoints in `folder`. If not, the files there are those of another run: of the original
  /// of a copy, or of a folder that a run is continued beside.
  bool is_saved_in(const std::filesystem::path& folder) const;
};

/// The same for a run that has been resumed: `resumed_from` is the Runner's, `last_ckpt` comes from the hub.
bool is_saved_in(const std::filesystem::path& folder, const std::string& resumed_from, const State* last_ckpt);

/// Where the file is that a checkpoint names: beside the checkpoint, since a folder may have been copied or moved, or
/// else at its old path; "" if it is in neither place.
std::string file_of_resumed_run(const std::string& named, const std::string& resumed_from);

/// Restores everything but the seed and the run folder to the state in the checkpoint. Every rank makes this call. It
/// also takes a checkpoint of MMEngine; state that MMEngine does not save starts anew. load_revise_keys are used where the
/// names of tensors do not fit without them.
void restore_run(Runner& runner, ResumePoint& point);

/// What is known of weights that were loaded alone.
struct LoadedWeights {
  State data_meta;        // of the data that they were trained on
  bool is_whole = false;  // they filled the network
};
/// Loads weights alone (see load_weights). A WeightsMisfit speaks of keys of the config.
LoadedWeights load_run_weights(Runner& runner, const std::filesystem::path& path, Fit fit);
/// The same from a checkpoint in memory, which messages call `path`.
LoadedWeights load_run_weights(Runner& runner, State checkpoint, const std::filesystem::path& path, Fit fit);

}  // namespace millrace
