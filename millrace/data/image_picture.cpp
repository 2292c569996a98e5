#include "millrace/data/image_picture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace {

RgbImage picture_of(const at::Tensor& image, ImageReading::Order order) {
  const bool is_image = image.defined() && image.scalar_type() == at::kByte &&
                        (image.dim() == 2 || (image.dim() == 3 && image.size(2) >= 1));
  if (!is_image)
    throw Error(image.defined() ? fmt::format("a picture is made of (H, W, C) uint8, not of ({}) {}",
                                              fmt::join(image.sizes(), ", "), image.dtype().name())
                                : "a picture is made of (H, W, C) uint8, not of nothing");
  const at::Tensor pixels = (image.dim() == 2 ? image.unsqueeze(2) : image).cpu().contiguous();
  RgbImage picture(pixels.size(1), pixels.size(0));
  const int64_t channels = pixels.size(2), count = pixels.size(0) * pixels.size(1);
  const uint8_t* from = pixels.const_data_ptr<uint8_t>();
  uint8_t* to = picture.bytes().data();
  const bool is_grey = channels < 3;
  const int64_t red = is_grey || order == ImageReading::Order::rgb ? 0 : 2;
  const int64_t green = is_grey ? 0 : 1, blue = is_grey ? 0 : 2 - red;
  for (int64_t i = 0; i < count; ++i, from += channels, to += 3) {
    to[0] = from[red];
    to[1] = from[green];
    to[2] = from[blue];
  }
  return picture;
}

}  // namespace millrace
