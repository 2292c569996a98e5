#include "millrace/data/transforms/normalize.h"

#include <ATen/EmptyTensor.h>
#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include "millrace/data/channel_order.h"

namespace millrace {

namespace {
const Key kNormCfg("img_norm_cfg");
}

void Normalize::check(const Options& options, Complaints& complaints) {
  if (options.mean->size() != options.std->size())
    complaints.add("std",
                   fmt::format("Normalize has {} means and {} deviations", options.mean->size(), options.std->size()));
}

Normalize::Normalize(Options options) : options_(checked<Normalize>(std::move(options))) {
  for (size_t c = 0; c < options_.mean->size(); ++c) {
    mean_.push_back(static_cast<float>((*options_.mean)[c]));
    factor_.push_back(1.0 / static_cast<double>(static_cast<float>((*options_.std)[c])));
    for (size_t value = 0; auto& byte : bytes_.emplace_back()) byte = normalised(static_cast<float>(value++), c);
  }
}

/// The usual image: a third of the time of the loop for any.
void Normalize::write_three(const uint8_t* in, float* out, int64_t pixels) const {
  const float *const first = bytes_[0].data(), *const second = bytes_[1].data(), *const third = bytes_[2].data();
  const size_t from_first = options_.to_rgb ? 2 : 0;
  for (int64_t i = 0; i < pixels; ++i, in += 3, out += 3) {
    out[0] = first[in[from_first]];
    out[1] = second[in[1]];
    out[2] = third[in[2 - from_first]];
  }
}

void Normalize::apply(Sample& sample, Rng&) const {
  const at::Tensor image = sample.tensor(keys::img).contiguous();
  const size_t channels = mean_.size();
  const auto given = static_cast<size_t>(image.dim() == 3 ? image.size(2) : 1);
  if (image.dim() < 2 || image.dim() > 3 || given != channels)
    throw Error(fmt::format("Normalize has {} means, the image has {} channels", channels, given));
  if (image.scalar_type() != at::kByte && image.scalar_type() != at::kFloat)
    throw Error(fmt::format("Normalize takes uint8 and float32, not {}", c10::toString(image.scalar_type())));
  if (options_.to_rgb && channels != 3)
    throw Error(fmt::format("to_rgb swaps three channels, the image has {}", channels)).help("to_rgb=False");
  at::Tensor result = at::detail::empty_cpu(image.sizes(), at::kFloat);
  float* out = result.mutable_data_ptr<float>();
  const int64_t pixels = image.numel() / static_cast<int64_t>(channels);
  if (image.scalar_type() == at::kByte && channels == 3) {
    write_three(image.const_data_ptr<uint8_t>(), out, pixels);
  } else {
    const auto write = [&]<class T>(const T* in, const auto& value_of) {
      for (int64_t i = 0; i < pixels; ++i, in += channels)
        for (size_t c = 0; c < channels; ++c) *out++ = value_of(in[options_.to_rgb ? channels - 1 - c : c], c);
    };
    if (image.scalar_type() == at::kByte)
      write(image.const_data_ptr<uint8_t>(), [&](uint8_t value, size_t c) { return bytes_[c][value]; });
    else write(image.const_data_ptr<float>(), [&](float value, size_t c) { return normalised(value, c); });
  }
  sample.set(keys::img, result);
  if (options_.to_rgb) turn_channel_order(sample);
  const auto as_float = [](const std::vector<double>& values) { return at::tensor(values, at::kFloat); };
  sample.set(
      kNormCfg,
      State::dict({{"mean", as_float(*options_.mean)}, {"std", as_float(*options_.std)}, {"to_rgb", options_.to_rgb}}));
}

MILLRACE_REGISTER(Transform, Normalize);

}  // namespace millrace
