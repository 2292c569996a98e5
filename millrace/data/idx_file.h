#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace millrace {

/// The array of an IDX file (the format of MNIST, docs/formats/idx.md), plain or packed with gzip.
///
///     const at::Tensor images = read_idx("train-images-idx3-ubyte.gz");   // (60000, 28, 28) uint8
///
/// dtype: uint8, int8, int16, int32, float32 or float64, as the file says. Throws Error if the file is no IDX file, is
/// truncated or longer than its header says; memory stays within the size of the (unpacked) file.
at::Tensor read_idx(const std::string& path);

}  // namespace millrace
