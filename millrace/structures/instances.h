#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <variant>
#include <vector>

#include "millrace/structures/key.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// What is known of the instances of some images (boxes, labels, scores, masks): columns with one row an instance, those
/// of the first image first, and one tensor of offsets for all of them. MMEngine's InstanceData, for a whole batch.
///
///     const Instances truth = batch.instances(kGtInstances);
///     const at::Tensor& boxes = truth.tensor(kBboxes);                       // (n, 4), of all images
///     Instances found = Instances::of_images(counts);
///     found.set(kScores, scores);
///     batch.set_instances(kPredInstances, found.select(scores.gt(0.05)));
///
/// A column is a tensor, or, where rows of different images can't lie in one (bitmap masks, polygons), a list of one
/// tensor (n_i, …) or one list of n_i an image. Copies share tensors. Throws Error where lengths don't fit.
class Instances {
 public:
  struct Column {
    Key name;                                             // without the group's: "bboxes"
    std::variant<at::Tensor, std::vector<State>> values;  // (n, …), or one an image
  };

  /// offsets: (images + 1) int64 on the CPU, from 0 on; image i has the rows offsets[i] … offsets[i + 1].
  explicit Instances(at::Tensor offsets);
  /// So many instances in each image.
  static Instances of_images(std::span<const int64_t> counts);

  int64_t images() const { return offsets_.size(0) - 1; }
  /// Instances of all images.
  int64_t size() const;
  const at::Tensor& offsets() const { return offsets_; }
  int64_t begin(int64_t image) const;
  int64_t end(int64_t image) const { return begin(image + 1); }

  bool has(Key name) const { return find(name) != nullptr; }
  const std::vector<Column>& columns() const { return columns_; }
  /// Throws Error "the instances have no 'scores'; they have: …", or that it is no tensor.
  const at::Tensor& tensor(Key name) const;
  /// One value an image.
  const std::vector<State>& list(Key name) const;

  /// values: (n, …), any device.
  void set(Key name, at::Tensor values);
  void set_list(Key name, std::vector<State> values);

  /// The instances that are chosen, of all columns: a mask (n) bool, or places (k) int64, whose order counts within an
  /// image. Any device. Every image stays, if with fewer instances.
  Instances select(const at::Tensor& chosen) const;
  /// Those of one image.
  Instances row(int64_t image) const;
  /// Those of all parts together, image by image; the parts have the same images and the same columns. One part is
  /// given back as it is.
  static Instances cat(std::span<const Instances> parts);

 private:
  const Column* find(Key name) const;
  const Column& require(Key name) const;
  void put(Key name, Column column);

  at::Tensor offsets_;
  std::vector<Column> columns_;
};

/// The rows `places` (int64 on the CPU) of a value of one image: a tensor (n, …) or a list of n.
State selected_rows(const State& rows, const at::Tensor& places);

}  // namespace millrace
