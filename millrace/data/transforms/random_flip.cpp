#include "millrace/data/transforms/random_flip.h"

#include <fmt/format.h>

#include <numeric>

namespace millrace {

namespace {

const Key kFlip("flip"), kFlipDirection("flip_direction");

}  // namespace

void RandomFlip::check(const Options& options, Complaints& complaints) {
  const auto& prob = *options.prob;
  if (!prob.is_list()) return;
  if (prob.size() != options.direction.size())
    complaints.add("prob", fmt::format("RandomFlip has {} probabilities for {} directions", prob.size(),
                                       options.direction.size()));
  else if (std::accumulate(prob.begin(), prob.end(), 0.0) > 1 + 1e-9)
    complaints.add("prob", "the probabilities of RandomFlip add up to more than 1");
}

RandomFlip::RandomFlip(Options options) : options_(checked<RandomFlip>(std::move(options))) {
  const auto& prob = *options_.prob;
  const size_t directions = options_.direction.size();
  if (prob.is_list()) chances_ = prob.values();
  else chances_.assign(directions, prob[0] / static_cast<double>(directions));
}

ImageMove RandomFlip::plan(const Sample& sample, Rng& rng) const {
  double draw = rng.uniform();
  for (size_t i = 0; i < chances_.size(); ++i) {
    if (draw < chances_[i]) return flip(image_size(sample), options_.direction[i]);
    draw -= chances_[i];
  }
  ImageMove move;
  move.notes.push_back({kFlip, false});
  move.notes.push_back({kFlipDirection, {}});
  return move;
}

ImageMove RandomFlip::flip(const ImageSize& size, Direction direction) const {
  const AxisMap rows(size.height), columns(size.width);
  ImageMove move{.map = AxisMaps{direction != Direction::horizontal ? rows.mirrored() : rows,
                                 direction != Direction::vertical ? columns.mirrored() : columns},
                 .swapped_labels = options_.swap_seg_labels};
  move.notes.push_back({kFlip, true});
  move.notes.push_back({kFlipDirection, enum_name(direction)});
  return move;
}

MILLRACE_REGISTER(Transform, RandomFlip);

}  // namespace millrace
