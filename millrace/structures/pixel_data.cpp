#include "millrace/structures/pixel_data.h"

#include <fmt/format.h>

#include "millrace/base/error.h"
#include "millrace/base/text.h"

namespace millrace {

PixelData PixelData::of(const Sample& sample, Key group) {
  PixelData data;
  for (const Sample::Field& field : sample.fields())
    if (field.key.is_in(group) && field.value.is_tensor()) data.set(field.key.leaf(), field.value.tensor());
  if (data.empty()) throw Error(fmt::format("the sample has no maps '{}'", group.name()));
  return data;
}

void PixelData::write(Sample& sample, Key group) const {
  for (const auto& [name, values] : maps_) sample.set(group.child(name), values);
}

const at::Tensor& PixelData::map(Key name) const {
  std::vector<std::string> names;
  for (const Map& map : maps_) {
    if (map.name == name) return map.values;
    names.push_back(map.name.name());
  }
  throw Error(fmt::format("there is no map '{}'; there is: {}", name.name(), names.empty() ? "nothing" : join(names)));
}

void PixelData::set(Key name, const at::Tensor& given) {
  if (!given.defined()) throw Error(fmt::format("the map '{}' is an undefined tensor", name.name()));
  if (given.dim() != 2 && given.dim() != 3)
    throw Error(fmt::format("the map '{}' is (C, H, W) or (H, W), not of {} dimensions", name.name(), given.dim()));
  const at::Tensor values = given.dim() == 2 ? given.unsqueeze(0) : given;
  if (!empty() && (values.size(1) != height() || values.size(2) != width()))
    throw Error(fmt::format("the map '{}' is {}x{}, those beside it are {}x{}", name.name(), values.size(2),
                            values.size(1), width(), height()));
  for (Map& map : maps_)
    if (map.name == name) {
      map.values = values;
      return;
    }
  maps_.push_back({name, values});
}

PixelData PixelData::window(int64_t top, int64_t left, int64_t rows, int64_t columns) const {
  if (top < 0 || left < 0 || rows < 0 || columns < 0 || rows > height() - top || columns > width() - left)
    throw Error(fmt::format("a window of {}x{} at ({}, {}) is not within maps of {}x{}", columns, rows, left, top,
                            width(), height()));
  PixelData part;
  for (const auto& [name, values] : maps_)
    part.maps_.push_back({name, values.narrow(1, top, rows).narrow(2, left, columns)});
  return part;
}

PixelData PixelData::slice(const Slice& rows, const Slice& columns) const {
  const Slice::Places y = rows.within(height()), x = columns.within(width());
  PixelData part;
  for (const auto& [name, values] : maps_)
    part.maps_.push_back({name, values.slice(1, y.start, y.start + y.count * y.step, y.step)
                                    .slice(2, x.start, x.start + x.count * x.step, x.step)});
  return part;
}

PixelData PixelData::converted(const TensorConversion& conversion) const {
  PixelData result = *this;
  for (Map& map : result.maps_) map.values = conversion(map.values);
  return result;
}

}  // namespace millrace
