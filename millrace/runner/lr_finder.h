#pragma once

#include <cstdint>
#include <optional>
#include <vector>

namespace millrace {

struct RunnerOptions;
struct RunSurroundings;

/// The loss of a training whose learning rate grows from step to step (Smith 2017, arXiv 1506.01186, section 3.3).
struct LrCurve {
  std::vector<double> lr, loss;        // of each step
  std::vector<double> smoothed;        // the loss, as an average that forgets (0.98) without its bias at the start
  std::optional<double> suggestion{};  // nothing if there are too few steps
  bool has_diverged = false;           // it ended before its last step
};

/// How a search for a learning rate goes:  lr(i) = start * (end / start)^(i / (steps - 1)).
struct LrSearch {
  double start = 1e-7;
  double end = 1.0;
  int64_t steps = 100;       // at least 2
  double stop_factor = 4.0;  // it ends where the smoothed loss is above this multiple of its lowest
};

/// Trains the network of `options` for a few steps, each with a higher learning rate, and gives the losses. Parameters
/// with rates of their own (paramwise_cfg) keep their ratio. There is no schedule, no validation and no checkpoint, and
/// nothing is kept: the model's weights and buffers, the default generator and the work dir are afterwards as before.
///
/// The suggestion is the lr at which the smoothed loss falls fastest from step to step, without the first ten steps and
/// the last one, as Lightning's. Throws Error if the options have no training, or several
/// optimizers, or for a search that does not rise.
LrCurve find_lr(RunnerOptions options, RunSurroundings surroundings, const LrSearch& search);

/// The suggestion for losses that have been measured; nothing for fewer than fourteen.
std::optional<double> suggested_lr(const LrCurve& curve);

}  // namespace millrace
