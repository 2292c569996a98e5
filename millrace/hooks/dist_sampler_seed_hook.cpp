#include "millrace/hooks/dist_sampler_seed_hook.h"

namespace millrace {

MILLRACE_REGISTER(Hook, DistSamplerSeedHook);

}  // namespace millrace
