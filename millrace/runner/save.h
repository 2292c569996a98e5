#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

class Runner;

/// A request for a checkpoint; the loop writes it between two iterations.
struct SaveRequest {
  std::filesystem::path path;
  bool optimizer = true;
  bool param_schedulers = true;
  bool newest = true;                             // `last_checkpoint` names it, so a resume uses it
  std::optional<int64_t> epoch{};                 // finished epochs in its `meta`; absent: those of the run
  std::string best_of{};                          // the metric whose best value it holds; "" for a regular one
  std::vector<std::filesystem::path> replaces{};  // files of the same folder to remove when this one is written
  std::function<void()> then{};                   // called on each rank that asked, when the file is written
};

/// The whole state of the run in MMEngine's layout: meta, state_dict, message_hub, optimizer, param_schedulers; state
/// that only Millrace has is under `millrace`. Tensors are the run's own, so write it before the next step. Every rank
/// makes this call and contributes; only the main rank gets the whole.
State compose_checkpoint(Runner& runner, const SaveRequest& request);

/// Writes the checkpoints that any rank asks for, one after the other, each whole or not at all. Every rank makes this
/// call; the main rank writes.
void write_checkpoints(Runner& runner, std::vector<SaveRequest> requests);

}  // namespace millrace
