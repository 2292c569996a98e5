#include "millrace/tensor/unfilled.h"

#include <ATen/core/Generator.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/fill.h>
#include <ATen/ops/zero.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <torch/library.h>

#include <optional>

#include "millrace/base/error.h"

namespace millrace {

/// What has been made up to now.
struct UnfilledTensors::Count {
  Limit limit;
  int64_t bytes = 0, tensors = 0;
  bool exceeded = false;
};

namespace {

// The one dispatch key that libtorch keeps for modes of other programs.
constexpr auto kKey = c10::DispatchKey::TESTING_ONLY_GenericMode;
constexpr int64_t kSmall = 1024;

thread_local UnfilledTensors::Count* current = nullptr;

at::Tensor counted_empty(c10::SymIntArrayRef size, std::optional<at::ScalarType> dtype,
                         std::optional<at::Layout> layout, std::optional<at::Device> device, std::optional<bool> pinned,
                         std::optional<at::MemoryFormat> format) {
  if (current) {
    auto bytes = static_cast<double>(c10::elementSize(dtype.value_or(at::kFloat)));
    for (const c10::SymInt& length : size) bytes *= static_cast<double>(length.expect_int());
    ++current->tensors;
    const double all = static_cast<double>(current->bytes) + bytes;
    if (all > static_cast<double>(current->limit.bytes) || current->tensors > current->limit.tensors) {
      current->exceeded = true;
      throw Error("the network is larger than the limit");
    }
    current->bytes = static_cast<int64_t>(all);
  }
  const c10::impl::ExcludeDispatchKeyGuard below(kKey);
  return at::empty_symint(size, dtype, layout, device, pinned, format);
}

at::Tensor& leave(at::Tensor& self, double, double, std::optional<at::Generator>) { return self; }

at::Tensor& fill_small(at::Tensor& self, const at::Scalar& value) {
  if (self.numel() > kSmall) return self;
  const c10::impl::ExcludeDispatchKeyGuard below(kKey);
  return self.fill_(value);
}

at::Tensor& zero_small(at::Tensor& self) {
  if (self.numel() > kSmall) return self;
  const c10::impl::ExcludeDispatchKeyGuard below(kKey);
  return self.zero_();
}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) { library.fallback(torch::CppFunction::makeFallthrough()); }

TORCH_LIBRARY_IMPL(aten, TESTING_ONLY_GenericMode, library) {
  library.impl("empty.memory_format", counted_empty);
  library.impl("uniform_", leave);
  library.impl("normal_", leave);
  library.impl("fill_.Scalar", fill_small);
  library.impl("zero_", zero_small);
}

}  // namespace

struct UnfilledTensors::Scope {
  explicit Scope(Limit limit) : count{limit}, outer(current), mode(kKey) { current = &count; }
  ~Scope() { current = outer; }
  Count count;
  Count* outer;
  c10::impl::IncludeDispatchKeyGuard mode;
};

UnfilledTensors::UnfilledTensors(Limit limit) : scope_(std::make_unique<Scope>(limit)) {}
UnfilledTensors::~UnfilledTensors() = default;

bool UnfilledTensors::exceeded() const { return scope_->count.exceeded; }

}  // namespace millrace
