#pragma once

#include "millrace/runner/hook.h"

namespace millrace {

/// Does nothing; it exists for configs that name it. MMEngine's hook tells the sampler which epoch begins. Here the
/// order of samples depends on the seed and the pass, which the loop gives to the loader.
class DistSamplerSeedHook final : public Hook {};

}  // namespace millrace
