#include "millrace/data/transform.h"

#include <fmt/format.h>

#include <optional>

#include "millrace/base/class_name.h"
#include "millrace/data/geometry/geometric_transform.h"
#include "millrace/data/geometry/sample_mover.h"

namespace millrace {

namespace {

void add_move(std::optional<SampleMover>& mover, const GeometricTransform& transform, Sample& sample, Rng& rng) {
  if (!mover) mover.emplace(sample);
  else if (transform.looks_at_pixels()) mover->finish();
  else mover->hide_pixels();
  mover->add(transform.plan(sample, rng));
}

}  // namespace

Pipeline::Pipeline(const std::vector<Component<Transform>>& transforms) {
  for (const auto& transform : transforms) {
    transforms_.push_back(transform.build());
    geometric_.push_back(dynamic_cast<const GeometricTransform*>(transforms_.back().get()));
  }
}

void Pipeline::apply(Sample& sample, const Rng& rng) const {
  std::optional<SampleMover> mover;  // of geometric transforms that follow each other
  for (size_t i = 0; i < transforms_.size(); ++i) {
    const Transform& transform = *transforms_[i];
    try {
      Rng own = rng.at(static_cast<uint32_t>(i));
      if (geometric_[i]) {
        add_move(mover, *geometric_[i], sample, own);
        if (i + 1 == transforms_.size() || !geometric_[i + 1]) {
          mover->finish();
          mover.reset();
        }
      } else {
        transform.apply(sample, own);
      }
    } catch (Error& error) {
      error.note(fmt::format("in {}, at index {} of the pipeline", class_name_of(typeid(transform)), i));
      throw;
    }
  }
}

}  // namespace millrace
