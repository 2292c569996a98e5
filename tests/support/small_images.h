#pragma once

#include <filesystem>

namespace millrace {

/// Writes the four IDX files of a small data set in MNIST's layout: 28x28 images of ten classes that a small network
/// can tell apart, the same bytes each time.
void write_small_images(const std::filesystem::path& folder, int train_count, int test_count);

}  // namespace millrace
