#pragma once

#include <ATen/core/Tensor.h>

#include "millrace/model/batch_augment.h"

namespace millrace::classification {

/// The base of augmentations that mix each image of a batch with another one of it, and their labels in the same share:
///
///     gt_score' = lam gt_score + (1 - lam) gt_score[partner]        partner: a random order of the rows
///
/// Reads and sets   inputs    (N, C, H, W), floating point
///                  gt_score  (N, K): one-hot labels, or shares of classes
class PairMix : public BatchAugment {
 public:
  void apply(Batch& batch, Rng& rng) const final;

 protected:
  struct Mixed {
    at::Tensor images;
    double lam;  // the share of the image itself
  };

 private:
  /// `partner` (N) int64, on the device of the images.
  virtual Mixed mix(const at::Tensor& images, const at::Tensor& partner, Rng& rng) const = 0;
};

/// A rectangle of an image: rows [top, bottom), columns [left, right).
struct Patch {
  int64_t top, bottom, left, right;
  bool is_empty() const { return top == bottom || left == right; }
};

/// The patch of CutMix and ResizeMix:  of the size of the image times sqrt(1 - lam), with its middle at (y, x), cut off at
/// the edges.
Patch patch_at(int64_t height, int64_t width, double lam, int64_t y, int64_t x);
/// What is left of an image outside its patch:  1 - area / (height width).
double share_outside(const Patch& patch, int64_t height, int64_t width);
/// The images with the patch of others, of the same number and size, in its place; and with the whole of others, resized to
/// the patch (bilinear or bicubic, no antialiasing).
at::Tensor with_patch_of(const at::Tensor& images, const at::Tensor& others, const Patch& patch);
enum class Interpolation { bilinear, bicubic };
at::Tensor with_resized(const at::Tensor& images, const at::Tensor& others, const Patch& patch, Interpolation method);

}  // namespace millrace::classification
