#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "millrace/structures/sample.h"

namespace millrace {

/// The tensors of a raw sample that lie in memory which others use, too, as that of the dataset, and what was in them.
class DatasetMemory {
 public:
  /// `raw` is a sample as Dataset::get() gives it.
  explicit DatasetMemory(const Sample& raw);
  /// "'inputs'" if that has been written into since; "" if all is as it was.
  std::string written() const;

 private:
  struct Part {
    Key key;
    at::Tensor tensor, before;
  };
  std::vector<Part> parts_;
};

}  // namespace millrace
