#include "millrace/data/transforms/pad.h"

#include <algorithm>

#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

const Key kPadFixedSize("pad_fixed_size"), kPadDivisor("pad_size_divisor");

at::Tensor padded_to(const at::Tensor& image, int64_t height, int64_t width, std::span<const double> fill,
                     PaddingMode mode) {
  const AxisMap rows(image.size(0)), columns(image.size(1));
  return remapped(image, rows.padded(0, std::max<int64_t>(height - rows.size(), 0), mode),
                  columns.padded(0, std::max<int64_t>(width - columns.size(), 0), mode), fill);
}

}  // namespace

Pad::Pad(Options options) : options_(checked<Pad>(std::move(options))) {
  if (options_.pad_to_square ? options_.size.has_value()
                             : options_.size.has_value() == options_.size_divisor.has_value())
    throw Error("Pad needs one of size and size_divisor; pad_to_square goes with size_divisor alone");
  if (const auto* values = std::get_if<Values>(&options_.pad_val)) values_ = *values;
  else values_.img = std::get<double>(options_.pad_val);
}

void Pad::apply(Sample& sample, Rng&) const {
  const at::Tensor& image = sample.tensor(keys::img);
  if (image.dim() < 2) throw Error("Pad needs an image of the shape (H, W) or (H, W, C)");
  int64_t height = image.size(0), width = image.size(1);
  if (options_.pad_to_square) height = width = std::max(height, width);
  if (const auto divisor = options_.size_divisor) {
    height = (height + *divisor - 1) / *divisor * *divisor;
    width = (width + *divisor - 1) / *divisor * *divisor;
  }
  if (options_.size) width = (*options_.size)[0], height = (*options_.size)[1];
  at::Tensor padded = padded_to(image, height, width, values_.img.values(), options_.padding_mode);
  State shape = State::tuple();
  for (const int64_t size : padded.sizes()) shape.push_back(size);
  sample.set(keys::pad_shape, std::move(shape));
  sample.set(keys::img_shape, State::tuple({padded.size(0), padded.size(1)}));
  sample.set(kPadFixedSize, options_.size ? State::tuple({(*options_.size)[0], (*options_.size)[1]}) : State());
  sample.set(kPadDivisor, options_.size_divisor ? State(*options_.size_divisor) : State());
  if (sample.has(keys::gt_seg_map)) {
    const double fill[] = {values_.seg};
    sample.set(keys::gt_seg_map,
               padded_to(sample.tensor(keys::gt_seg_map), padded.size(0), padded.size(1), fill, options_.padding_mode));
  }
  sample.set(keys::img, std::move(padded));
}

MILLRACE_REGISTER(Transform, Pad);

}  // namespace millrace
