#include "millrace/vis/sample_picture.h"

#include <ATen/ops/clamp.h>

#include <algorithm>

#include "millrace/data/channel_order.h"
#include "millrace/data/image_picture.h"
#include "millrace/structures/sample.h"

namespace millrace {

namespace {

constexpr Rgb kPaper{255, 255, 255};
constexpr int64_t kGap = 8;

}  // namespace

std::optional<RgbImage> picture_of(const Sample& row) {
  const State* img = row.find(keys::img);
  if (!img || !img->is_tensor()) return std::nullopt;
  at::Tensor image = img->tensor();
  if (image.dim() != 3 || image.numel() == 0) return std::nullopt;
  if (image.size(0) != 1 && image.size(0) != 3) return std::nullopt;
  if (image.scalar_type() != at::kByte) image = at::clamp(image, 0, 255).to(at::kByte);
  return picture_of(image.permute({1, 2, 0}), channel_order(row));
}

RgbImage sheet_of(const std::vector<RgbImage>& pictures, int64_t columns) {
  int64_t width = 1, height = 1;
  for (const RgbImage& picture : pictures) {
    width = std::max(width, picture.width());
    height = std::max(height, picture.height());
  }
  const auto count = static_cast<int64_t>(pictures.size());
  columns = std::clamp<int64_t>(columns, 1, std::max<int64_t>(count, 1));
  const int64_t rows = std::max<int64_t>(1, (count + columns - 1) / columns);
  RgbImage sheet(columns * (width + kGap) + kGap, rows * (height + kGap) + kGap, kPaper);
  for (int64_t i = 0; i < count; ++i)
    sheet.paste(pictures[static_cast<size_t>(i)], i % columns * (width + kGap) + kGap,
                i / columns * (height + kGap) + kGap);
  return sheet;
}

}  // namespace millrace
