#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <array>
#include <optional>

#include "millrace/nn/call_observer.h"
#include "millrace/nn/layer_error.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/module_kind.h"

/// What libtorch refuses of a layer's input, in words of that layer's options. Nothing of it is asked before a call.
namespace millrace::nn {
namespace {

struct Mismatch {
  std::string what, help;
};
using Found = std::optional<Mismatch>;

/// An option that says how wide the input is.
Found width_mismatch(const char* option, int64_t wanted, const at::Tensor& x, int64_t dim) {
  if (x.size(dim) == wanted) return std::nullopt;
  return Mismatch{fmt::format(", {} is {}", option, wanted), fmt::format("{}={}", option, x.size(dim))};
}

/// (N, C, …) and (C, …) of `spatial` further dimensions.
Found dims_mismatch(const at::Tensor& x, int64_t spatial) {
  static constexpr const char* kPlaces[] = {"L", "H, W", "D, H, W"};
  if (x.dim() == spatial + 1 || x.dim() == spatial + 2) return std::nullopt;
  return Mismatch{fmt::format(", it takes (N, C, {0}) or (C, {0})", kPlaces[spatial - 1]), ""};
}

template <size_t D>
using Sizes = std::array<int64_t, D>;

template <size_t D>
Found kernel_mismatch(const at::Tensor& x, const Sizes<D>& kernel, const Sizes<D>& dilation, const Sizes<D>& padding) {
  for (size_t i = 0; i < D; ++i) {
    const int64_t padded = x.size(x.dim() - static_cast<int64_t>(D - i)) + 2 * padding[i];
    const int64_t reach = dilation[i] * (kernel[i] - 1) + 1;
    if (reach <= padded) continue;
    return Mismatch{fmt::format(", which is {} with its padding: the kernel covers {}", padded, reach),
                    "larger inputs, or a smaller kernel_size"};
  }
  return std::nullopt;
}

template <size_t D, class Conv>
Found of_conv(const Conv& conv, const at::Tensor& x) {
  if (Found dims = dims_mismatch(x, D)) return dims;
  const auto& options = conv.options;
  if (Found width = width_mismatch("in_channels", options.in_channels(), x, x.dim() - static_cast<int64_t>(D) - 1))
    return width;
  if (options.transposed()) return std::nullopt;
  const auto* padding = std::get_if<torch::ExpandingArray<D>>(&options.padding());
  return padding ? kernel_mismatch<D>(x, *options.kernel_size(), *options.dilation(), **padding) : std::nullopt;
}

template <size_t D, class Pool>
Found of_pool(const Pool& pool, const at::Tensor& x) {
  if (Found dims = dims_mismatch(x, D)) return dims;
  const auto& options = pool.options;
  const Sizes<D>&kernel = *options.kernel_size(), &padding = *options.padding();
  for (size_t i = 0; i < D; ++i)
    if (padding[i] > kernel[i] / 2)
      return Mismatch{fmt::format(", padding is {} and kernel_size {}: it may be half of it", padding[i], kernel[i]),
                      fmt::format("padding={}", kernel[i] / 2)};
  Sizes<D> dilation;
  dilation.fill(1);
  if constexpr (requires { options.dilation(); }) dilation = *options.dilation();
  return kernel_mismatch<D>(x, kernel, dilation, padding);
}

template <class Norm>
Found of_batch_norm(const Norm& norm, const at::Tensor& x, int64_t least_dims, int64_t most_dims, const char* shapes) {
  if (x.dim() < least_dims || x.dim() > most_dims) return Mismatch{fmt::format(", it takes {}", shapes), ""};
  return width_mismatch("num_features", norm.options.num_features(), x, 1);
}

Found look(const torch::nn::Conv1dImpl& conv, const at::Tensor& x) { return of_conv<1>(conv, x); }
Found look(const torch::nn::Conv2dImpl& conv, const at::Tensor& x) { return of_conv<2>(conv, x); }
Found look(const torch::nn::Conv3dImpl& conv, const at::Tensor& x) { return of_conv<3>(conv, x); }
Found look(const torch::nn::ConvTranspose1dImpl& conv, const at::Tensor& x) { return of_conv<1>(conv, x); }
Found look(const torch::nn::ConvTranspose2dImpl& conv, const at::Tensor& x) { return of_conv<2>(conv, x); }
Found look(const torch::nn::ConvTranspose3dImpl& conv, const at::Tensor& x) { return of_conv<3>(conv, x); }
Found look(const torch::nn::MaxPool1dImpl& pool, const at::Tensor& x) { return of_pool<1>(pool, x); }
Found look(const torch::nn::MaxPool2dImpl& pool, const at::Tensor& x) { return of_pool<2>(pool, x); }
Found look(const torch::nn::AvgPool1dImpl& pool, const at::Tensor& x) { return of_pool<1>(pool, x); }
Found look(const torch::nn::AvgPool2dImpl& pool, const at::Tensor& x) { return of_pool<2>(pool, x); }

Found look(const torch::nn::BatchNorm1dImpl& norm, const at::Tensor& x) {
  return of_batch_norm(norm, x, 2, 3, "(N, C) or (N, C, L)");
}
Found look(const torch::nn::BatchNorm2dImpl& norm, const at::Tensor& x) {
  return of_batch_norm(norm, x, 4, 4, "(N, C, H, W)");
}
Found look(const torch::nn::BatchNorm3dImpl& norm, const at::Tensor& x) {
  return of_batch_norm(norm, x, 5, 5, "(N, C, D, H, W)");
}
Found look(const torch::nn::GroupNormImpl& norm, const at::Tensor& x) {
  if (x.dim() < 2) return Mismatch{", it takes (N, C, …)", ""};
  return width_mismatch("num_channels", norm.options.num_channels(), x, 1);
}

Found look(const torch::nn::LinearImpl& linear, const at::Tensor& x) {
  if (x.dim() == 0) return std::nullopt;
  return width_mismatch("in_features", linear.options.in_features(), x, x.dim() - 1);
}

Found look(const torch::nn::EmbeddingImpl& layer, const at::Tensor& x) {
  if (!x.is_cpu() || x.numel() == 0 || !c10::isIntegralType(x.scalar_type(), /*includeBool=*/false))
    return std::nullopt;
  const int64_t rows = layer.options.num_embeddings();
  const int64_t least = x.min().item<int64_t>(), most = x.max().item<int64_t>();
  if (least >= 0 && most < rows) return std::nullopt;
  return Mismatch{fmt::format(" with the index {}, num_embeddings is {}", least < 0 ? least : most, rows),
                  least < 0 ? "indices begin at 0" : fmt::format("num_embeddings={}", most + 1)};
}

template <class... Layers>
Found first_of(const torch::nn::Module& layer, const at::Tensor& x) {
  Found found;
  const auto is = [&](const auto* own) {
    if (own) found = look(*own, x);
    return own != nullptr;
  };
  static_cast<void>((is(dynamic_cast<const Layers*>(&layer)) || ...));
  return found;
}

Found mismatch_of(const torch::nn::Module& layer, const at::Tensor& x) {
  return first_of<torch::nn::Conv1dImpl, torch::nn::Conv2dImpl, torch::nn::Conv3dImpl, torch::nn::ConvTranspose1dImpl,
                  torch::nn::ConvTranspose2dImpl, torch::nn::ConvTranspose3dImpl, torch::nn::MaxPool1dImpl,
                  torch::nn::MaxPool2dImpl, torch::nn::AvgPool1dImpl, torch::nn::AvgPool2dImpl,
                  torch::nn::BatchNorm1dImpl, torch::nn::BatchNorm2dImpl, torch::nn::BatchNorm3dImpl,
                  torch::nn::GroupNormImpl, torch::nn::LinearImpl, torch::nn::EmbeddingImpl>(layer, x);
}

/// Failures that are not the input's: memory, the device, other ranks.
bool is_of_the_machine(const c10::Error& error, std::string_view text) {
  const auto says = [&](const char* words) { return text.find(words) != std::string_view::npos; };
  return dynamic_cast<const c10::OutOfMemoryError*>(&error) || dynamic_cast<const c10::DistBackendError*>(&error) ||
         says("enforce fail") || says("CUDA error");
}

}  // namespace

void detail::explain(const torch::nn::Module& module, std::span<const at::Tensor> inputs, const c10::Error& error) {
  const LayerType* type = layer_type(module);
  if (!type || type->kind == ModuleKind::container || inputs.empty()) return;
  const std::string_view text = error.what_without_backtrace();
  if (is_of_the_machine(error, text)) return;
  const at::Tensor& x = inputs.front();
  if (x.defined())
    if (const Found found = mismatch_of(module, x)) throw LayerError(module, x, found->what, found->help);
  throw LayerError(module, x, ": " + std::string(text.substr(0, text.find('\n'))), "");
}

}  // namespace millrace::nn
