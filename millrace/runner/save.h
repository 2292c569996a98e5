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

/// A checkpoint that a hook asks for; the loop writes it between two iterations.
struct SaveRequest {
  std::filesystem::path path;
  bool optimizer = true;
  bool param_schedulers = true;
  bool newest = true;                             // `last_checkpoint` names it, and a resume goes on from it
  std::optional<int64_t> epoch{};                 // finished epochs that it is named for; absent: those of the run
  std::string best_of{};                          // the metric whose best value it holds; "" for a regular one
  std::vector<std::filesystem::path> replaces{};  // files that go when this one is in its place
  std::function<void()> then{};                   // called on each rank that asked, when the file is in its place
};

/// Everything that decides the future of the run, in MMEngine's layout: meta, state_dict, message_hub, optimizer,
/// param_schedulers; what only Millrace has is under `millrace`. Tensors are the run's own: write it before the next
/// step. Every rank makes this call and contributes; what the main rank gets is whole.
State compose_checkpoint(Runner& runner, const SaveRequest& request);

/// Writes what any rank asks for, one after the other, each whole or not at all; the main rank does. Every rank makes
/// this call.
void write_checkpoints(Runner& runner, std::vector<SaveRequest> requests);

}  // namespace millrace
