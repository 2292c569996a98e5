#pragma once

#include <string>

namespace millrace {

class Runner;

/// What the log of a training should say where waiting threads of operators spin for long beside the loader's threads,
/// since the program has not made the settings of base/process_settings.h; "" where they don't.
std::string long_spins_text(const Runner& runner);

}  // namespace millrace
