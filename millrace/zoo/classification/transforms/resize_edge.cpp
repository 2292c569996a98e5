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
const std::vector<std::string> kEdges = {"short", "long", "width", "height"};

}  // namespace

void ResizeEdge::check(const Options& options, Complaints& complaints) {
  if (std::find(kEdges.begin(), kEdges.end(), options.edge) == kEdges.end())
    complaints.add("edge", fmt::format("edge must be {}, got '{}'{}", quoted_choice(kEdges), options.edge,
                                       did_you_mean(options.edge, kEdges)));
  check_resize(options.backend, options.interpolation, complaints);
}

ResizeEdge::ResizeEdge(Options options)
    : options_(checked<ResizeEdge>(std::move(options))),
      edge_(static_cast<Edge>(std::find(kEdges.begin(), kEdges.end(), options_.edge) - kEdges.begin())) {
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
