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

/// "in Resize, at index 2 of the pipeline" is added to an error of `body`.
template <class Body>
auto with_place_in_pipeline(const Transform& transform, size_t index, Body&& body) {
  try {
    return body();
  } catch (Error& error) {
    error.note(fmt::format("in {}, at index {} of the pipeline", class_name_of(typeid(transform)), index));
    throw;
  }
}

}  // namespace

void ViewTransform::apply(Sample&, Rng&) const {
  throw Error(
      fmt::format("{} gives several views of a sample, but one sample is needed", class_name_of(typeid(*this))));
}

Transform::Facts Transform::facts() const { return {dynamic_cast<const ViewTransform*>(this) != nullptr}; }

void Pipeline::check(const char* key, const std::vector<Component<Transform>>& transforms, Complaints& complaints) {
  for (size_t i = 0; i + 1 < transforms.size(); ++i) {
    const Component<Transform>& transform = transforms[i];
    if (!transform.facts().gives_views) continue;
    const Transform* const instance = transform.instance().get();
    complaints
        .add(key,
             fmt::format("{} gives several views of a sample: it must be the last of the pipeline, not at index {}",
                         instance ? class_name_of(typeid(*instance)) : transform.type(), i))
        .locate(transform.config().place());
  }
}

Pipeline::Pipeline(const std::vector<Component<Transform>>& transforms) {
  Complaints complaints("Pipeline");
  check("pipeline", transforms, complaints);
  complaints.throw_if_any();
  for (const auto& transform : transforms) {
    transforms_.push_back(transform.build());
    geometric_.push_back(dynamic_cast<const GeometricTransform*>(transforms_.back().get()));
    views_ = dynamic_cast<const ViewTransform*>(transforms_.back().get());
  }
}

void Pipeline::apply_first(size_t count, Sample& sample, const Rng& rng) const {
  std::optional<SampleMover> mover;  // of geometric transforms that follow each other
  for (size_t i = 0; i < count; ++i) {
    const Transform& transform = *transforms_[i];
    with_place_in_pipeline(transform, i, [&] {
      Rng own = rng.at(static_cast<uint32_t>(i));
      if (!geometric_[i]) return transform.apply(sample, own);
      add_move(mover, *geometric_[i], sample, own);
      if (i + 1 < count && geometric_[i + 1]) return;
      mover->finish();
      mover.reset();
    });
  }
}

void Pipeline::apply(Sample& sample, const Rng& rng) const { apply_first(transforms_.size(), sample, rng); }

void Pipeline::read_files(Sample& sample, const Rng& rng) const {
  for (size_t i = 0; i < transforms_.size(); ++i) {
    if (!transforms_[i]->reads_files()) continue;
    Rng own = rng.at(static_cast<uint32_t>(i));
    with_place_in_pipeline(*transforms_[i], i, [&] { transforms_[i]->apply(sample, own); });
  }
}

std::vector<Sample> Pipeline::views(Sample sample, const Rng& rng) const {
  if (!views_) {
    apply(sample, rng);
    std::vector<Sample> one;
    one.push_back(std::move(sample));
    return one;
  }
  const size_t last = transforms_.size() - 1;
  apply_first(last, sample, rng);
  return with_place_in_pipeline(*views_, last, [&] {
    Rng own = rng.at(static_cast<uint32_t>(last));
    std::vector<Sample> views = views_->views(std::move(sample), own);
    if (views.empty()) throw Error(fmt::format("{} gave no view of the sample", class_name_of(typeid(*views_))));
    return views;
  });
}

}  // namespace millrace
