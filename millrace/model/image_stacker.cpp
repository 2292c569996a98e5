#include "millrace/model/image_stacker.h"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"

// The baseline ISA converts 4 bytes at a time; with AVX2 a normalisation runs at the speed of memory.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define MILLRACE_KERNEL __attribute__((target_clones("avx512f", "avx2", "default"), optimize("O3")))
#else
#define MILLRACE_KERNEL
#endif

namespace millrace {
namespace {

MILLRACE_KERNEL void normalise_bytes(const uint8_t* in, float* out, int64_t n, float mean, float std) {
  for (int64_t i = 0; i < n; ++i) out[i] = (static_cast<float>(in[i]) - mean) / std;
}

MILLRACE_KERNEL void normalise_floats(const float* in, float* out, int64_t n, float mean, float std) {
  for (int64_t i = 0; i < n; ++i) out[i] = (in[i] - mean) / std;
}

// Pixels whose channels lie side by side: mean and std repeat with a period of C, written out for kLanes pixels.
constexpr int64_t kLanes = 16;
template <class In>
MILLRACE_KERNEL void normalise_interleaved(const In* in, float* out, int64_t n, const float* mean, const float* std,
                                           int64_t period) {
  int64_t i = 0;
  for (; i + period <= n; i += period)
    for (int64_t k = 0; k < period; ++k) out[i + k] = (static_cast<float>(in[i + k]) - mean[k]) / std[k];
  for (int64_t k = 0; i + k < n; ++k) out[i + k] = (static_cast<float>(in[i + k]) - mean[k]) / std[k];
}

/// One row of one channel, of W pixels `in_step` and `out_step` apart.
struct Row {
  int64_t in_step, out_step, width;
  float mean, std;
  const float* table;

  void operator()(const uint8_t* in, float* out) const {
    if (in_step == 1 && out_step == 1) return normalise_bytes(in, out, width, mean, std);
    for (int64_t x = 0; x < width; ++x) out[x * out_step] = table[in[x * in_step]];
  }
  void operator()(const float* in, float* out) const {
    if (in_step == 1 && out_step == 1) return normalise_floats(in, out, width, mean, std);
    for (int64_t x = 0; x < width; ++x) out[x * out_step] = (in[x * in_step] - mean) / std;
  }
};

// Below this many pixels a second thread costs more than it saves.
constexpr int64_t kPixelsPerTask = 1 << 16;

bool has_kernel(const at::Tensor& images) {
  return images.is_cpu() && (images.scalar_type() == at::kByte || images.scalar_type() == at::kFloat);
}

}  // namespace

void ImageStacker::check_statistics(const std::optional<std::vector<double>>& mean,
                                    const std::optional<std::vector<double>>& std, Complaints& complaints) {
  if (mean.has_value() != std.has_value())
    complaints.add(mean ? "mean" : "std",
                   complaints.owner() + (mean ? " has a mean but no std" : " has a std but no mean"));
  else if (mean && mean->size() != std->size())
    complaints.add(
        "mean", fmt::format("{} got {} numbers as mean and {} as std", complaints.owner(), mean->size(), std->size()));
}

ImageStacker::ImageStacker(Settings settings) : settings_(std::move(settings)) {
  const auto& mean = settings_.mean;
  MILLRACE_ASSERT(mean.size() == settings_.std.size(), "as many means as deviations");
  mean_.assign(mean.begin(), mean.end());
  std_.assign(settings_.std.begin(), settings_.std.end());
  if (mean_.empty()) mean_ = {0}, std_ = {1};
  table_.resize(mean_.size());
  for (size_t c = 0; c < mean_.size(); ++c)
    for (int value = 0; value < 256; ++value) table_[c][value] = (static_cast<float>(value) - mean_[c]) / std_[c];
}

int64_t ImageStacker::padded(int64_t size) const {
  const int64_t divisor = settings_.pad_size_divisor;
  return (size + divisor - 1) / divisor * divisor;
}

at::MemoryFormat ImageStacker::format() const {
  return settings_.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
}

void ImageStacker::check_channels(int64_t channels) const {
  if (mean_.size() == 1 || static_cast<int64_t>(mean_.size()) == channels) return;
  throw Error(
      fmt::format("{} got images of {} channels, mean and std have {}", settings_.owner, channels, mean_.size()))
      .note(channels == 1 ? "mean and std of one number fit" : "mean and std have one number, or one for each channel");
}

at::Tensor ImageStacker::of_batch(const Batch& batch) const {
  const Column* images = batch.find(keys::img);
  if (!images) images = batch.find(keys::inputs);
  return images ? (*this)(*images) : (*this)(batch.tensor(keys::img));  // which says what the batch has
}

at::Tensor ImageStacker::operator()(const Column& images) const {
  if (const auto* dense = std::get_if<Dense>(&images)) return (*this)(dense->values);
  if (const auto* list = std::get_if<TensorList>(&images)) return (*this)(list->values);
  throw Error(settings_.owner + " reads 'img' as one tensor (N, C, H, W) or as N tensors (C, H, W)");
}

at::Tensor ImageStacker::operator()(const at::Tensor& images) const {
  if (images.dim() != 4)
    throw Error(
        fmt::format("{} got images of shape ({}), not (N, C, H, W)", settings_.owner, fmt::join(images.sizes(), ", ")));
  check_channels(images.size(1));
  const int64_t height = padded(images.size(2)), width = padded(images.size(3));
  const int64_t below = height - images.size(2), right = width - images.size(3);
  if (!has_kernel(images)) {
    at::Tensor out = normalised(images);
    if (below || right) out = at::constant_pad_nd(out, {0, right, 0, below}, settings_.pad_value);
    return out.contiguous(format());
  }
  at::Tensor out =
      at::empty({images.size(0), images.size(1), height, width}, at::TensorOptions(at::kFloat).memory_format(format()));
  if (below || right) out.fill_(settings_.pad_value);
  write(images, out);
  return out;
}

at::Tensor ImageStacker::operator()(const std::vector<at::Tensor>& images) const {
  if (images.empty()) throw Error(settings_.owner + " got a batch of no images");
  const int64_t n = static_cast<int64_t>(images.size());
  int64_t height = 0, width = 0;
  bool kernel = true;
  for (const at::Tensor& image : images) {
    if (image.dim() != 3 || image.size(0) != images[0].size(0))
      throw Error(fmt::format("{} got an image of shape ({}) beside one of ({}); it stacks (C, H, W) of one C",
                              settings_.owner, fmt::join(image.sizes(), ", "), fmt::join(images[0].sizes(), ", ")));
    height = std::max(height, image.size(1));
    width = std::max(width, image.size(2));
    kernel = kernel && has_kernel(image);
  }
  check_channels(images[0].size(0));
  const auto options = images[0].options().dtype(at::kFloat).memory_format(format());
  at::Tensor out = at::empty({n, images[0].size(0), padded(height), padded(width)}, options).fill_(settings_.pad_value);
  const auto stack = [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const at::Tensor image = images[static_cast<size_t>(i)].unsqueeze(0), into = out.narrow(0, i, 1);
      if (kernel) write(image, into);
      else into.narrow(2, 0, image.size(2)).narrow(3, 0, image.size(3)).copy_(normalised(image));
    }
  };
  if (kernel) at::parallel_for(0, n, 1, stack);
  else stack(0, n);
  return out;
}

void ImageStacker::write(const at::Tensor& images, const at::Tensor& out) const {
  const int64_t n = images.size(0), channels = images.size(1), height = images.size(2), width = images.size(3);
  const bool swap = settings_.swap_channels && channels == 3;
  const auto from = images.strides(), to = out.strides();
  // A plane without gaps on both sides is one long row.
  const bool flat = from[3] == 1 && from[2] == width && to[3] == 1 && to[2] == width;
  const bool interleaved =
      !swap && channels > 1 && from[1] == 1 && to[1] == 1 && from[3] == channels && to[3] == channels;
  const bool one_row = flat || (interleaved && from[2] == width * channels && to[2] == width * channels);
  const int64_t rows = one_row ? 1 : height, row_width = one_row ? height * width : width;
  std::vector<float> means, stds;
  for (int64_t i = 0; interleaved && i < kLanes * channels; ++i) {
    means.push_back(mean_[mean_.size() == 1 ? 0 : static_cast<size_t>(i % channels)]);
    stds.push_back(std_[std_.size() == 1 ? 0 : static_cast<size_t>(i % channels)]);
  }
  float* const base = out.mutable_data_ptr<float>();

  const auto run = [&](const auto* pixels) {
    const int64_t per_image = std::max<int64_t>(1, channels * height * width);
    at::parallel_for(0, n, std::max<int64_t>(1, kPixelsPerTask / per_image), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i)
        for (int64_t y = 0; y < rows; ++y) {
          if (interleaved) {
            normalise_interleaved(pixels + i * from[0] + y * from[2], base + i * to[0] + y * to[2],
                                  row_width * channels, means.data(), stds.data(), kLanes * channels);
            continue;
          }
          for (int64_t c = 0; c < channels; ++c) {
            const size_t k = mean_.size() == 1 ? 0 : static_cast<size_t>(c);
            const Row row{from[3], to[3], row_width, mean_[k], std_[k], table_[k].data()};
            row(pixels + i * from[0] + (swap ? 2 - c : c) * from[1] + y * from[2],
                base + i * to[0] + c * to[1] + y * to[2]);
          }
        }
    });
  };
  if (images.scalar_type() == at::kByte) run(images.const_data_ptr<uint8_t>());
  else run(images.const_data_ptr<float>());
}

at::Tensor ImageStacker::normalised(const at::Tensor& images) const {
  at::Tensor out = settings_.swap_channels && images.size(1) == 3 ? images.flip(1) : images;
  out = out.to(at::kFloat);
  if (settings_.mean.empty()) return out;
  const auto column = [&](const std::vector<float>& values) {
    return at::tensor(values).to(images.device()).view({1, -1, 1, 1});
  };
  return (out - column(mean_)).div_(column(std_));
}

}  // namespace millrace
