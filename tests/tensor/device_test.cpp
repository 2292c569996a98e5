#include "millrace/tensor/device.h"

#include <ATen/Context.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "millrace/base/error.h"

namespace millrace {
namespace {

using testing::StartsWith;

std::string refusal_of(const std::string& name) {
  try {
    checked_device(name);
    return "none";
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(Device, IsCheckedBeforeAnythingIsPutThere) {
  EXPECT_EQ(checked_device("cpu"), at::Device(at::kCPU));
  EXPECT_EQ(checked_device("cpu:0"), at::Device(at::kCPU));
  EXPECT_EQ(refusal_of("gpu"), "there is no device 'gpu'\n  help: device=cpu (or cuda, cuda:N)");
  EXPECT_THAT(refusal_of(""), StartsWith("there is no device ''"));
  EXPECT_THAT(refusal_of("cuda:x"), StartsWith("there is no device 'cuda:x'"));
  EXPECT_THAT(refusal_of("cpu:1"), StartsWith("there is no device 'cpu:1'"));
  EXPECT_THAT(refusal_of("meta"), StartsWith("there is no device 'meta'"));
  if (at::hasCUDA()) {
    EXPECT_EQ(checked_device("cuda"), at::Device(at::kCUDA));
    EXPECT_THAT(refusal_of("cuda:99"), StartsWith("device 'cuda:99': the machine has "));
  } else {
    EXPECT_THAT(refusal_of("cuda"), StartsWith("device 'cuda': this libtorch was built without CUDA"));
  }
}

}  // namespace
}  // namespace millrace
