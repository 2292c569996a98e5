#pragma once

namespace millrace {

/// Whether somebody has seeded the default generator of the CPU since the process began. libtorch seeds it with 53
/// random bits; a seed of 2^32 or more can't be told from those.
bool is_seeded();

}  // namespace millrace
