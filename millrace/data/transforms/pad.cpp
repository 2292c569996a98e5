#include "millrace/data/transforms/pad.h"

#include <algorithm>

#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

const Key kPadFixedSize("pad_fixed_size"), kPadDivisor("pad_size_divisor");

AxisMap padded_to(int64_t size, int64_t length, PaddingMode mode) {
  return AxisMap(size).padded(0, std::max<int64_t>(length - size, 0), mode);
}

}  // namespace

ImageMove::Fill Pad::Values::fill() const {
  return {.image = {img.values().begin(), img.values().end()}, .segmentation = seg};
}

Pad::Values Pad::Values::of(const std::variant<double, Values>& given) {
  if (const auto* values = std::get_if<Values>(&given)) return *values;
  Values values;
  values.img = std::get<double>(given);
  return values;
}

void Pad::check(const Options& options, Complaints& complaints) {
  if (options.pad_to_square ? options.size.has_value() : options.size.has_value() == options.size_divisor.has_value())
    complaints.add("size", "Pad needs one of size and size_divisor; pad_to_square works only with size_divisor");
}

Pad::Pad(Options options) : options_(checked<Pad>(std::move(options))) { values_ = Values::of(options_.pad_val); }

ImageMove Pad::plan(const Sample& sample, Rng&) const {
  const ImageSize size = image_size(sample);
  int64_t height = size.height, width = size.width;
  if (options_.pad_to_square) height = width = std::max(height, width);
  if (const auto divisor = options_.size_divisor) {
    height = (height + *divisor - 1) / *divisor * *divisor;
    width = (width + *divisor - 1) / *divisor * *divisor;
  }
  if (options_.size) width = (*options_.size)[0], height = (*options_.size)[1];
  AxisMaps axes{padded_to(size.height, height, options_.padding_mode),
                padded_to(size.width, width, options_.padding_mode)};
  State shape = State::tuple({axes.rows.size(), axes.columns.size()});
  if (const at::Tensor& image = sample.tensor(keys::img); image.dim() == 3) shape.push_back(image.size(2));
  return {.map = std::move(axes),
          .fill = values_.fill(),
          .notes = {{keys::pad_shape, std::move(shape)},
                    {kPadFixedSize, options_.size ? State::tuple({(*options_.size)[0], (*options_.size)[1]}) : State()},
                    {kPadDivisor, options_.size_divisor ? State(*options_.size_divisor) : State()}}};
}

MILLRACE_REGISTER(Transform, Pad);

}  // namespace millrace
