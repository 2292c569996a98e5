#pragma once

#include <ATen/core/Tensor.h>

#include <string>

namespace millrace {

/// The array of an IDX file (the format of MNIST, docs/formats/idx.md), plain or packed with gzip.
///
///     const at::Tensor images = read_idx("train-images-idx3-ubyte.gz");   // (60000, 28, 28) uint8
///
/// dtype: uint8, int8, int16, int32, float32 or float64, as in the file. Throws Error if the file is not an IDX file,
/// or is shorter or longer than its header says. Memory is limited by the size of the (unpacked) file.
at::Tensor read_idx(const std::string& path);

}  // namespace millrace
