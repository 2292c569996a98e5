#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

class Runner;

/// A checkpoint that a hook asks for; the loop writes it between two iterations.
struct SaveRequest {
  std::filesystem::path path;
  bool optimizer = true;
  bool param_schedulers = true;
  bool newest = true;            // `last_checkpoint` names it, and a resume goes on from it
  std::function<void()> then{};  // after the file is in its place
};

/// Everything that decides the future of the run, in MMEngine's layout: meta, state_dict, message_hub, optimizer,
/// param_schedulers; what only Millrace has is under `millrace`. Tensors are the run's own: write it before the next
/// step.
State compose_checkpoint(Runner& runner, const SaveRequest& request);

/// Writes the requested checkpoints, one after the other, each whole or not at all.
void write_checkpoints(Runner& runner, std::vector<SaveRequest> requests);

/// A checkpoint that a run goes on from, read before the run is built: its seed and its run folder come from it.
struct ResumePoint {
  std::filesystem::path path;
  State checkpoint;

  /// Throws Error if the file holds weights alone.
  static ResumePoint read(const std::filesystem::path& path);
  static ResumePoint of(State checkpoint, const std::filesystem::path& path);
  std::optional<uint64_t> seed() const;
  std::string run_folder() const;  // its name; "" where there is none
};

/// Puts the whole run back to where the checkpoint was made, but for the seed and the run folder.
void restore_run(Runner& runner, ResumePoint& point);
/// What weights are loaded for: to train on from them, or to evaluate them.
enum class WeightsUse { train, evaluate };
/// Loads weights alone. If strict, throws Error on tensors of other shapes and, to evaluate, on tensors that the file
/// lacks; what else is missing or left over is one warning.
void load_run_weights(Runner& runner, const std::filesystem::path& path, WeightsUse use, bool strict);

}  // namespace millrace
