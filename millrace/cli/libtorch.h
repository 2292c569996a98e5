#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace millrace {

/// Folders that may hold libtorch (as `<folder>/lib/libtorch_cpu.so`), in this order: $MILLRACE_TORCH (a libtorch
/// folder, or a Python environment), the folder that `make install` noted in `<prefix>/share/millrace/libtorch`,
/// `<prefix>/libtorch`, the active virtual environment, and the folders of Debian's and pip's Python packages. `prefix`
/// is the parent of the core library's folder.
std::vector<std::filesystem::path> libtorch_candidates(const std::filesystem::path& prefix);

/// Version of the libtorch in `folder`, "2.13.0", from a file in its package; "" without that file.
std::string libtorch_version(const std::filesystem::path& folder);

/// The version that this build was made with: "2.13.0".
const char* built_with_libtorch();

/// Loads libtorch from the first candidate that has the version of this build, so that the engine finds it loaded.
/// Throws Error that lists the candidates, and what to do.
void load_libtorch(const std::filesystem::path& prefix);

}  // namespace millrace
