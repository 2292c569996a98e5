#include "millrace/data/geometry/sample_mover.h"

#include <ATen/EmptyTensor.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"
#include "millrace/data/geometry/annotations.h"
#include "millrace/data/geometry/pixel_copy.h"
#include "millrace/data/image_keys.h"

namespace millrace {

namespace {

/// Whether a field is made of pixels, other than the image.
const Mover* pixel_mover(const Sample::Field& field) {
  const Annotation* const line = find_annotation(field.key);
  return line && line->mover && line->mover->has_pixels(field.value) ? line->mover : nullptr;
}

/// A tensor of that size without memory. Most samples of a run have one size, so the last one is kept.
at::Tensor stand_in(const at::Tensor& image, const ImageSize& size) {
  thread_local at::Tensor last;
  c10::SmallVector<int64_t, 3> sizes{size.height, size.width};
  if (image.dim() == 3) sizes.push_back(image.size(2));
  if (!last.defined() || last.sizes() != sizes || last.scalar_type() != image.scalar_type())
    last = at::Tensor(at::detail::empty_meta(sizes, image.scalar_type()));
  return last;
}

/// A size of a config may be anything.
void check_size(const ImageSize& size) {
  constexpr int64_t kMostPixels = int64_t{1} << 27;
  if (size.height < 1 || size.width < 1 || size.height > kMostPixels / size.width)
    throw Error(fmt::format("an image can't get the size {}x{}", size.width, size.height));
}

/// That a plan takes pixels from the image that there is: what copies them does not look again.
void check_source(const ImageMove& move, const ImageSize& size) {
  if (const auto* axes = std::get_if<AxisMaps>(&move.map)) {
    const ImageSize from{axes->rows.input_size(), axes->columns.input_size()};
    if (from != size)
      throw Error(fmt::format("a move of an image of {}x{} meets one of {}x{}", from.width, from.height, size.width,
                              size.height));
  } else if (const auto* resampling = std::get_if<Resampling>(&move.map)) {
    const auto& [top, left, height, width] = resampling->from;
    if (top < 0 || left < 0 || height < 1 || width < 1 || height > size.height - top || width > size.width - left)
      throw Error(fmt::format("a window of {}x{} at ({}, {}) is not within an image of {}x{}", width, height, left, top,
                              size.width, size.height));
  }
}

/// Pixels may be computed when other transforms have had their turn: what is wrong is said in the one that is wrong.
void check_filling(const ImageMove& move, const at::Tensor& image) {
  const auto* const axes = std::get_if<AxisMaps>(&move.map);
  const bool is_filled =
      axes ? axes->rows.has_fill() || axes->columns.has_fill() : std::holds_alternative<Warp>(move.map);
  if (is_filled) check_fill(image, {move.fill.image.data(), move.fill.image.size()});
}

}  // namespace

void SampleMover::add(ImageMove&& move) {
  if (!path_) size_ = image_size(sample_);
  check_source(move, size_);
  check_size(move.size_after(size_));
  check_filling(move, sample_.tensor(keys::img));
  const ImageSize before = size_;
  if (!std::holds_alternative<std::monostate>(move.map)) {
    if (!path_ || !path_->append(move)) {
      if (path_) finish();
      path_.emplace(size_);
      const bool is_added = path_->append(move);
      MILLRACE_ASSERT(is_added, "a move that can't be the first");
    }
    size_ = move.size_after(size_);
    follow(move);
    if (move.border.drop_instances) drop_instances();
  }
  if (size_ != before || !sample_.has(keys::img_shape))
    sample_.set(keys::img_shape, State::tuple({size_.height, size_.width}));
  for (ImageMove::Note& note : move.notes) sample_.set(note.key, std::move(note.value));
}

void SampleMover::follow(const ImageMove& move) {
  const MoveStep step{move, move.points(), size_};
  for (size_t i = 0; i < sample_.fields().size(); ++i) {
    Sample::Field& field = sample_.fields()[i];
    const Annotation* const line = find_annotation(field.key);
    if (!line || !line->mover || field.value.is_none() || line->mover->has_pixels(field.value)) continue;
    line->mover->follow(field.value, sample_, step);
  }
}

void SampleMover::drop_instances() {
  std::vector<Key> groups;
  for (const Sample::Field& field : sample_.fields())
    if (const auto group = instance_group(field);
        group && std::find(groups.begin(), groups.end(), *group) == groups.end())
      groups.push_back(*group);
  for (const Key group : groups) drop_instances_of(group);
}

void SampleMover::drop_instances_of(Key group) {
  const bool was_hidden = !image_.is_none();
  show_pixels();
  for (const Annotation& line : annotations()) {
    if (line.per != Annotation::Per::instance || !line.mover || !line.packed.is_in(group)) continue;
    const State* const before = sample_.find(line.key);
    if (!before || before->is_none()) continue;
    if (line.mover->has_pixels(*before)) finish();  // what is left of it shows in the pixels alone
    const State& value = *sample_.find(line.key);
    std::vector<char> inside(static_cast<size_t>(row_count(value)));
    if (!line.mover->find_inside(value, size_, inside)) continue;
    if (std::find(inside.begin(), inside.end(), 0) != inside.end()) keep_instances(sample_, group, inside);
    break;
  }
  if (was_hidden && path_) hide_pixels();
}

void SampleMover::hide_pixels() {
  if (!path_) return;
  const bool is_first = image_.is_none();
  for (Sample::Field& field : sample_.fields()) {
    if (field.key == keys::img) {
      if (is_first) image_ = std::move(field.value);
      field.value = stand_in(image_.tensor(), size_);
    } else if (is_first && !field.value.is_none() && pixel_mover(field)) {
      hidden_.emplace_back(field.key, std::exchange(field.value, State()));
    }
  }
}

void SampleMover::show_pixels() {
  if (image_.is_none()) return;
  if (State* field = sample_.find(keys::img)) *field = std::exchange(image_, State());
  for (auto& [key, value] : hidden_)
    if (State* field = sample_.find(key)) *field = std::move(value);
  hidden_.clear();
}

void SampleMover::finish() {
  show_pixels();
  if (!path_) return;
  sample_.set(keys::img, path_->image(sample_.tensor(keys::img)));
  for (Sample::Field& field : sample_.fields())
    if (const Mover* mover = field.value.is_none() ? nullptr : pixel_mover(field))
      field.value = mover->sampled(field.value, *path_);
  path_.reset();
}

}  // namespace millrace
