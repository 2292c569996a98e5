#pragma once

#include <c10/core/Device.h>

#include <string>

namespace millrace {

/// The device of the name "cpu", "cuda" or "cuda:1". Throws Error for another name. The machine need not have it.
at::Device named_device(const std::string& name);
/// The same, checked: throws Error too if libtorch was built without CUDA, or if the machine has no such GPU.
at::Device checked_device(const std::string& name);

}  // namespace millrace
