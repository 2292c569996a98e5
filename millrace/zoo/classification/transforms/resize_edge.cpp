#include "millrace/zoo/classification/transforms/resize_edge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "millrace/base/text.h"
#include "millrace/data/image_keys.h"
#include "millrace/data/imaging.h"

namespace millrace::classification {

namespace {

// Two of the names are words of C++, so the key is a string.
ResizeEdge::Edge edge_of(const std::string& name) {
  static const std::vector<std::string> kEdges = {"short", "long", "width", "height"};
  const auto it = std::find(kEdges.begin(), kEdges.end(), name);
  if (it == kEdges.end())
    throw Error(fmt::format("edge must be {}, got '{}'{}", quoted_choice(kEdges), name, did_you_mean(name, kEdges)));
  return static_cast<ResizeEdge::Edge>(it - kEdges.begin());
}

}  // namespace

ResizeEdge::ResizeEdge(Options options)
    : options_(checked<ResizeEdge>(std::move(options))), edge_(edge_of(options_.edge)) {
  check_resize(options_.backend, options_.interpolation);
  if (needs_imaging(options_.backend, options_.interpolation)) (void)imaging();
}

ImageMove ResizeEdge::plan(const Sample& sample, Rng&) const {
  const auto [height, width] = image_size(sample);
  const int64_t length = options_.scale;
  const bool is_width =
      edge_ == Edge::width || (edge_ == Edge::short_ && width < height) || (edge_ == Edge::long_ && width > height);
  const int64_t new_width = is_width ? length : std::max<int64_t>(length * width / height, 1);
  const int64_t new_height = is_width ? std::max<int64_t>(length * height / width, 1) : length;
  return {
      .map = Resampling{.from = {0, 0, height, width},
                        .to = {new_height, new_width},
                        .backend = options_.backend,
                        .interpolation = options_.interpolation},
      .notes = {{keys::scale, State::tuple({new_width, new_height})},
                {keys::scale_factor, State::tuple({static_cast<double>(new_width) / static_cast<double>(width),
                                                   static_cast<double>(new_height) / static_cast<double>(height)})}}};
}

MILLRACE_REGISTER(Transform, ResizeEdge);

}  // namespace millrace::classification
