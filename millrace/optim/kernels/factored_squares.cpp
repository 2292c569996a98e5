#include "millrace/optim/kernels/factored_squares.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace millrace {

namespace {

/// Elements that a thread does at once: enough to be worth a thread, few enough to share them out evenly.
constexpr int64_t kSliceElements = 32768;
/// Elements of V that are computed at once: they stay in the cache.
constexpr int64_t kPieceElements = 1024;

template <class T>
T* data_of(const at::Tensor& tensor) {
  return tensor.mutable_data_ptr<T>();
}

template <class T>
void move_towards(T* mean, const double* sums, int64_t count, double divisor, double share) {
  for (int64_t i = 0; i < count; ++i) mean[i] += static_cast<T>(share) * (static_cast<T>(sums[i] / divisor) - mean[i]);
}

}  // namespace

FactoredSquares::FactoredSquares(const Optimizer::Bucket& bucket, size_t rows, size_t columns)
    : bucket_(bucket), rows_(rows), columns_(columns), is_double_(bucket.params[0].scalar_type() == at::kDouble) {
  for (size_t i = 0; i < bucket.params.size(); ++i) {
    const Shape shape = shape_of(bucket.params[i]);
    const int64_t all_rows = bucket.params[i].numel() / shape.columns, elements = shape.rows * shape.columns;
    const bool is_large = elements > kSliceElements;
    const int64_t matrix = is_large ? shape.rows : all_rows;  // a slice stays within so many rows
    const int64_t at_once = is_large ? std::max<int64_t>(1, kSliceElements / shape.columns)
                                     : std::max<int64_t>(1, kSliceElements / elements) * shape.rows;
    for (int64_t first = 0; first < all_rows; first += matrix)
      for (int64_t row = first; row < first + matrix; row += at_once)
        slices_.push_back({i, row, std::min(row + at_once, first + matrix), is_large});
  }
}

template <class T>
void FactoredSquares::update_slice(const Slice& slice, double share, std::vector<double>& column_sums) const {
  const auto [rows, columns] = shape_of(bucket_.params[slice.param]);
  const T* grad = data_of<T>(bucket_.grads[slice.param]) + slice.begin * columns;
  T* row_mean = data_of<T>(bucket_.state[rows_][slice.param]);
  T* column_mean = data_of<T>(bucket_.state[columns_][slice.param]) + slice.begin / rows * columns;
  column_sums.assign(static_cast<size_t>(columns), 0);
  int64_t left = rows;  // of the matrix
  for (int64_t row = slice.begin; row < slice.end; ++row, grad += columns) {
    double sum = 0;
    for (int64_t c = 0; c < columns; ++c) {
      const double square = static_cast<double>(grad[c]) * static_cast<double>(grad[c]);
      sum += square;
      column_sums[static_cast<size_t>(c)] += square;
    }
    move_towards(row_mean + row, &sum, 1, static_cast<double>(columns), share);
    if (slice.is_part || --left > 0) continue;
    move_towards(column_mean, column_sums.data(), columns, static_cast<double>(rows), share);
    std::fill(column_sums.begin(), column_sums.end(), 0);
    column_mean += columns;
    left = rows;
  }
}

void FactoredSquares::update(const OfParam& share) const {
  std::vector<std::vector<double>> of_parts(slices_.size());
  at::parallel_for(0, static_cast<int64_t>(slices_.size()), 1, [&](int64_t begin, int64_t end) {
    std::vector<double> sums;
    for (auto s = static_cast<size_t>(begin); s < static_cast<size_t>(end); ++s) {
      std::vector<double>& column_sums = slices_[s].is_part ? of_parts[s] : sums;
      if (is_double_) update_slice<double>(slices_[s], share(slices_[s].param), column_sums);
      else update_slice<float>(slices_[s], share(slices_[s].param), column_sums);
    }
  });
  for (size_t s = 0; s < slices_.size(); ++s) {
    const Slice& slice = slices_[s];
    if (!slice.is_part) continue;
    const auto [rows, columns] = shape_of(bucket_.params[slice.param]);
    if (slice.end % rows != 0) {  // the matrix goes on in the next slice
      for (size_t c = 0; c < of_parts[s].size(); ++c) of_parts[s + 1][c] += of_parts[s][c];
      continue;
    }
    const at::Tensor& means = bucket_.state[columns_][slice.param];
    const int64_t place = slice.begin / rows * columns;
    const double* sums = of_parts[s].data();
    const auto divisor = static_cast<double>(rows);
    if (is_double_) move_towards(data_of<double>(means) + place, sums, columns, divisor, share(slice.param));
    else move_towards(data_of<float>(means) + place, sums, columns, divisor, share(slice.param));
  }
}

template <class T>
void FactoredSquares::walk_slice(size_t s, double eps, const std::function<void(const Piece& piece)>& work) const {
  const Slice& slice = slices_[s];
  const auto [rows, columns] = shape_of(bucket_.params[slice.param]);
  T* grad = data_of<T>(bucket_.grads[slice.param]);
  T* param = data_of<T>(bucket_.params[slice.param]);
  const T* row_means = data_of<T>(bucket_.state[rows_][slice.param]);
  const T* column_means = data_of<T>(bucket_.state[columns_][slice.param]);
  T squares[kPieceElements];
  int64_t matrix = slice.begin / rows, row = slice.begin, column = 0;
  T scale = 0, of_row = 0;
  const auto enter_matrix = [&] {
    double sum = 0;
    for (int64_t r = 0; r < rows; ++r) sum += static_cast<double>(row_means[matrix * rows + r]);
    scale = static_cast<T>(1 / std::max(sum / static_cast<double>(rows), eps));
  };
  enter_matrix();
  of_row = row_means[row] * scale;
  for (int64_t place = slice.begin * columns; place < slice.end * columns; place += kPieceElements) {
    const int64_t count = std::min(kPieceElements, slice.end * columns - place);
    for (int64_t k = 0; k < count;) {
      const int64_t run = std::min(columns - column, count - k);
      const T* of_column = column_means + matrix * columns + column;
      for (int64_t j = 0; j < run; ++j) squares[k + j] = of_row * of_column[j];
      k += run;
      column += run;
      if (column < columns || row + 1 == slice.end) continue;
      column = 0;
      if (++row == (matrix + 1) * rows) {
        ++matrix;
        enter_matrix();
      }
      of_row = row_means[row] * scale;
    }
    work({slice.param, s, {grad + place, param + place, squares}, count});
  }
}

void FactoredSquares::for_each_piece(const OfParam& eps, const std::function<void(const Piece& piece)>& work) const {
  at::parallel_for(0, static_cast<int64_t>(slices_.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto s = static_cast<size_t>(begin); s < static_cast<size_t>(end); ++s) {
      if (is_double_) walk_slice<double>(s, eps(slices_[s].param), work);
      else walk_slice<float>(s, eps(slices_[s].param), work);
    }
  });
}

}  // namespace millrace
