#pragma once

#include <string>

namespace millrace {

class Batch;

/// The columns that hold tensors, with shapes and types: "64 rows: inputs (64, 1, 28, 28) float, target (64) long".
std::string batch_text(const Batch& batch);

}  // namespace millrace
