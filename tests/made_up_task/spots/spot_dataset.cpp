#include "tests/made_up_task/spots/spot_dataset.h"

#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <random>

#include "millrace/data/image_keys.h"

namespace millrace::spots {
namespace {

/// Numbers of an image: the same whoever asks for it, and when.
class SpotDraw {
 public:
  explicit SpotDraw(int64_t image) : engine_(static_cast<uint64_t>(image)) {}
  int64_t between(int64_t low, int64_t high) {
    return low + static_cast<int64_t>(engine_() % static_cast<uint64_t>(high - low + 1));
  }

 private:
  std::mt19937_64 engine_;
};

struct Spot {
  int64_t x, y, radius, label;
  bool touches(const Spot& other) const {
    const int64_t room = radius + other.radius + 3;
    return std::abs(x - other.x) < room && std::abs(y - other.y) < room;
  }
  bool covers(int64_t px, int64_t py) const {
    const int64_t dx = px - x, dy = py - y;
    if (label == 1) return std::abs(dx) <= radius && std::abs(dy) <= radius;
    return dx * dx + dy * dy <= radius * radius;
  }
};

}  // namespace

SpotDataset::SpotDataset(Options options)
    : Dataset(options.common, State::dict({{"classes", State::list({"disc", "square"})}})), options_(options) {}

Sample SpotDataset::get(int64_t index) const {
  SpotDraw draw(options_.first + index);
  const int64_t side = options_.side, wanted = draw.between(1, options_.most);
  std::vector<Spot> spots;
  for (int64_t trial = 0; trial < 100 && static_cast<int64_t>(spots.size()) < wanted; ++trial) {
    const int64_t radius = draw.between(4, 9);
    const Spot spot{draw.between(radius + 1, side - radius - 2), draw.between(radius + 1, side - radius - 2), radius,
                    draw.between(0, 1)};
    if (std::none_of(spots.begin(), spots.end(), [&](const Spot& other) { return spot.touches(other); }))
      spots.push_back(spot);
  }
  at::Tensor image = at::zeros({side, side, 3}, at::kByte).fill_(20);
  std::vector<at::Tensor> boxes, masks;
  std::vector<int64_t> labels;
  for (const Spot& spot : spots) {
    at::Tensor mask = at::zeros({side, side}, at::kByte);
    auto* const pixels = image.mutable_data_ptr<uint8_t>();
    auto* const marked = mask.mutable_data_ptr<uint8_t>();
    const auto shade = static_cast<uint8_t>(draw.between(140, 250));
    for (int64_t y = 0; y < side; ++y)
      for (int64_t x = 0; x < side; ++x)
        if (spot.covers(x, y)) {
          marked[y * side + x] = 1;
          for (int64_t c = 0; c < 3; ++c) pixels[(y * side + x) * 3 + c] = shade;
        }
    const auto edge = [](int64_t at) { return static_cast<float>(at); };
    boxes.push_back(at::tensor({edge(spot.x - spot.radius), edge(spot.y - spot.radius), edge(spot.x + spot.radius + 1),
                                edge(spot.y + spot.radius + 1)}));
    masks.push_back(mask);
    labels.push_back(spot.label);
  }
  Sample sample;
  sample.set(keys::img, image);
  sample.set(keys::img_shape, State::tuple({side, side}));
  sample.set_rows(keys::gt_bboxes, at::stack(boxes));
  sample.set_rows(keys::gt_bboxes_labels, at::tensor(labels));
  sample.set_row_list(keys::gt_masks, State(at::stack(masks)));
  return sample;
}

MILLRACE_REGISTER(Dataset, SpotDataset);

}  // namespace millrace::spots
