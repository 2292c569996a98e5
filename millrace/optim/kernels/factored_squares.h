#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "millrace/optim/optimizer.h"

namespace millrace {

/// Means of squared gradients of matrices, kept as those of rows R and columns C (Adafactor), and a walk over elements
/// with  V = R C / max(mean of R, eps).
///
/// For a bucket of contiguous parameters of two or more dimensions, float or double; the last two are the matrices.
class FactoredSquares {
 public:
  /// `rows` and `columns`: the places of R (…, rows, 1) and C (…, 1, columns) in the bucket's state.
  FactoredSquares(const Optimizer::Bucket& bucket, size_t rows, size_t columns);

  using OfParam = std::function<double(size_t param)>;
  /// R <- R + a (mean over columns of g^2 - R), and C likewise; a = share(param).
  void update(const OfParam& share) const;

  /// Elements of one parameter.
  struct Piece {
    size_t param, slice;
    void* at[3];  // gradient, parameter, V
    int64_t count;
  };
  /// Calls `work` with pieces that cover all elements, in several threads; those of one slice come in order, from one
  /// thread.
  void for_each_piece(const OfParam& eps, const std::function<void(const Piece& piece)>& work) const;
  size_t slices() const { return slices_.size(); }
  size_t param_of(size_t slice) const { return slices_[slice].param; }

 private:
  /// Rows of one parameter, counted over all its matrices: whole matrices, or a part of one large matrix.
  struct Slice {
    size_t param;
    int64_t begin, end;
    bool is_part;
  };
  struct Shape {
    int64_t rows, columns;
  };
  static Shape shape_of(const at::Tensor& param) { return {param.size(-2), param.size(-1)}; }
  template <class T>
  void update_slice(const Slice& slice, double share, std::vector<double>& column_sums) const;
  template <class T>
  void walk_slice(size_t slice, double eps, const std::function<void(const Piece& piece)>& work) const;

  const Optimizer::Bucket& bucket_;
  size_t rows_, columns_;
  bool is_double_;
  std::vector<Slice> slices_;
};

}  // namespace millrace
