#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "millrace/data/idx_file.h"
#include "tests/support/places.h"

namespace millrace {

/// A file of tests/data/images, which make_images.py made.
inline std::string golden_image_path(const std::string& name) { return source_path("/tests/data/images/") + name; }

/// An array of it, by its name without the ending.
inline at::Tensor golden_array(const std::string& name) { return read_idx(golden_image_path(name + ".idx")); }

}  // namespace millrace
