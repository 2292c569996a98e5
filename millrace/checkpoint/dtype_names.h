#pragma once

#include <c10/core/ScalarType.h>

#include <optional>
#include <string_view>

namespace millrace {

/// The type of a storage in a pickle of torch.save. Types that existed in PyTorch 1.6 have their own storage class
/// ("FloatStorage"); storages of later types are bytes, and their tensors name the dtype ("uint16").
struct DtypeNames {
  c10::ScalarType dtype;
  std::string_view dtype_name;     // in the module torch
  std::string_view storage_class;  // in the module torch; "" for the later types
};

/// Null for types that a checkpoint can't hold (quantised ones, bits).
const DtypeNames* find_dtype(c10::ScalarType dtype);
const DtypeNames* find_dtype(std::string_view dtype_name);
const DtypeNames* find_storage_class(std::string_view storage_class);

}  // namespace millrace
