#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "millrace/structures/key.h"
#include "millrace/structures/slice.h"
#include "millrace/structures/tensor_conversion.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// The instances of some images: columns (boxes, labels, scores, masks) with one row per instance, image after image,
/// and one tensor of offsets for all columns. MMEngine's InstanceData, for a whole batch.
///
///     const Instances truth = batch.instances(kGtInstances);
///     const at::Tensor& boxes = truth.tensor(kBboxes);                       // (n, 4), of all images
///     Instances found = Instances::of_images(counts);
///     found.set(kScores, scores);
///     batch.set_instances(kPredInstances, found.select(scores.gt(0.05)));
///
/// A column is a tensor. If rows of different images don't fit into one tensor (bitmap masks, polygons), it is a list
/// with one value per image: a tensor (n_i, …) or a list of n_i. Copies share tensors. Throws Error if lengths don't
/// fit.
class Instances {
 public:
  struct Column {
    Key name;                                             // without the group's: "bboxes"
    std::variant<at::Tensor, std::vector<State>> values;  // (n, …), or one value per image
  };

  /// offsets: (images + 1) int64 on the CPU, beginning with 0; image i has the rows from offsets[i] up to, not
  /// including, offsets[i + 1].
  explicit Instances(at::Tensor offsets);
  /// Without columns; counts[i] instances in image i.
  static Instances of_images(std::span<const int64_t> counts);

  int64_t images() const { return offsets_.size(0) - 1; }
  /// The number of instances in all images.
  int64_t size() const;
  const at::Tensor& offsets() const { return offsets_; }
  int64_t begin(int64_t image) const;
  int64_t end(int64_t image) const { return begin(image + 1); }

  bool has(Key name) const { return find(name) != nullptr; }
  const std::vector<Column>& columns() const { return columns_; }
  /// Throws Error "the instances have no 'scores'; they have: …", or if it is not a tensor.
  const at::Tensor& tensor(Key name) const;
  /// One value per image.
  const std::vector<State>& list(Key name) const;

  /// values: (n, …), any device.
  void set(Key name, at::Tensor values);
  void set_list(Key name, std::vector<State> values);

  /// The chosen instances, with all columns. `chosen` is a mask (n) bool, or places (k) int64, which also set the order
  /// within an image; any device; -1 is the last place. The images stay the same, with fewer instances.
  Instances select(const at::Tensor& chosen) const;
  /// Places of all images, as Python's slices, or one: `slice(-1)` has the last instance. Of one image: a view.
  Instances slice(const Slice& places) const;
  /// With each tensor converted: on_device, as_dtype, detached, … Offsets stay as they are.
  Instances converted(const TensorConversion& conversion) const;
  /// The instances of one image.
  Instances row(int64_t image) const;
  /// The instances of all parts, image by image. The parts have the same images and the same columns. A single part is
  /// returned as it is.
  static Instances cat(std::span<const Instances> parts);

 private:
  const Column* find(Key name) const;
  const Column& require(Key name) const;
  void put(Key name, Column column);

  at::Tensor offsets_;
  std::vector<Column> columns_;
};

/// Selects the rows `places` (int64 on the CPU) from the value of one image: a tensor (n, …) or a list of n.
State selected_rows(const State& rows, const at::Tensor& places);

}  // namespace millrace
