#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace {

class Config;
class RunControl;

// What `millrace train` does to a config before it trains.

/// --overfit N: trains on the first N batches of the training data in the same order in each pass, and validates on the
/// same batches, if the config has a validation. Returns what to tell the user.
std::string overfit(Config& config, int64_t batches);

/// --auto-batch: sets train_dataloader.batch_size to the largest power of two whose training takes at most `memory_bytes`
/// of the process (nothing: 80% of what is free). Trains three steps with each size that it tries, in this process and a
/// folder that goes away; the default generator is afterwards as before. Returns what to tell the user. Throws Error if
/// not even one sample fits, or on another device than the CPU.
std::string choose_batch_size(Config& config, std::optional<int64_t> memory_bytes, RunControl& control);

}  // namespace millrace
