#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// MMEngine's hook that tells the sampler which epoch begins. Here the order of samples is a function of the seed and
/// the pass, which the loop states when it starts the loader: the hook is known so that configs which name it work, and
/// has nothing to do.
class DistSamplerSeedHook final : public Hook {};

}  // namespace millrace
