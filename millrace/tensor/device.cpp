#include "millrace/tensor/device.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include "millrace/base/error.h"

namespace millrace {
namespace {

constexpr const char* kHelp = "device=cpu (or cuda, cuda:N)";

at::Device parsed(const std::string& name) {
  try {
    return at::Device(name);
  } catch (const c10::Error&) {
    throw Error(fmt::format("there is no device '{}'", name)).help(kHelp);
  }
}

}  // namespace

at::Device named_device(const std::string& name) {
  const at::Device device = parsed(name);
  if (device.is_cpu() && device.index() <= 0) return at::Device(at::kCPU);
  if (!device.is_cuda()) throw Error(fmt::format("there is no device '{}'", name)).help(kHelp);
  return device;
}

at::Device checked_device(const std::string& name) {
  const at::Device device = named_device(name);
  if (device.is_cpu()) return device;
  if (!at::hasCUDA())
    throw Error(fmt::format("device '{}': this libtorch was built without CUDA, or finds no GPU", name))
        .help("device=cpu; docs/installing.md explains how to use another libtorch");
  const int64_t count = at::detail::getCUDAHooks().getNumGPUs();
  if (device.has_index() && device.index() >= count)
    throw Error(fmt::format("device '{}': the machine has {} GPU{}", name, count, count == 1 ? "" : "s")).help(kHelp);
  return device;
}

}  // namespace millrace
