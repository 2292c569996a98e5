#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

class Runner;
enum class Fit;

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

/// Puts the whole run back to where the checkpoint was made, but for the seed and the run folder. Every rank makes
/// this call. A checkpoint of MMEngine will do, too: what it does not note begins anew.
void restore_run(Runner& runner, ResumePoint& point);

/// Loads weights alone (see load_weights). A WeightsMisfit speaks of keys of the config.
void load_run_weights(Runner& runner, const std::filesystem::path& path, Fit fit);

}  // namespace millrace
