#pragma once

#include <c10/core/Device.h>

#include <string>

namespace millrace {

/// The device "cpu", "cuda" or "cuda:1", checked: throws Error where the name is another one, libtorch was built
/// without CUDA, or the machine has no such GPU.
at::Device checked_device(const std::string& name);

}  // namespace millrace
