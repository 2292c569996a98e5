#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/ops/_conj.h>
#include <ATen/ops/empty.h>

#include <limits>
#include <random>
#include <string>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// States of every kind that a checkpoint may hold, the same ones for the same seed.
class RandomState {
 public:
  explicit RandomState(uint64_t seed) : random_(seed) {}

  State make(int depth) {
    const int64_t choice = below(depth > 0 ? 12 : 8);
    if (choice < 4) return scalar();
    if (choice < 8) return tensor();
    if (choice == 8) return State::list(items(depth));
    if (choice == 9) return State::tuple(items(depth));
    State::Items entries;
    for (int64_t i = below(6); i > 0; --i) entries.push_back({key(i), make(depth - 1)});
    return State::dict(std::move(entries));
  }

  at::Tensor tensor() {
    if (!made_.empty() && below(5) == 0)
      return view(made_[static_cast<size_t>(below(static_cast<int64_t>(made_.size())))]);
    constexpr c10::ScalarType kTypes[] = {
        c10::kFloat,        c10::kDouble,      c10::kHalf,          c10::kBFloat16,       c10::kLong,
        c10::kInt,          c10::kShort,       c10::kChar,          c10::kByte,           c10::kBool,
        c10::kComplexFloat, c10::kComplexHalf, c10::kComplexDouble, c10::kUInt16,         c10::kUInt32,
        c10::kUInt64,       c10::kFloat8_e5m2, c10::kFloat8_e4m3fn, c10::kFloat8_e4m3fnuz};
    const c10::ScalarType type = kTypes[below(std::size(kTypes))];
    std::vector<int64_t> sizes;
    for (int64_t n = below(5); n > 0; --n) sizes.push_back(below(5));
    at::Tensor tensor = at::empty(sizes, at::TensorOptions().dtype(type));
    auto* data = static_cast<unsigned char*>(tensor.mutable_data_ptr());
    for (size_t i = 0; i < tensor.nbytes(); ++i)
      data[i] = static_cast<unsigned char>(below(type == c10::kBool ? 2 : 256));
    if (sizes.size() == 4 && below(2) == 0) tensor = tensor.contiguous(at::MemoryFormat::ChannelsLast);
    if (tensor.is_floating_point() && tensor.element_size() > 1 && below(4) == 0) tensor.requires_grad_();
    if (type == c10::kComplexFloat && below(2) == 0) return at::_conj(tensor);
    made_.push_back(tensor);
    return tensor;
  }

  int64_t below(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }

 private:
  State scalar() {
    switch (below(8)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 0;
      case 2:
        return integer();
      case 3:
        return uint64_t{1} << 63 | random_();
      case 4:
        return number();
      case 5:
        return State::Bytes{text()};
      default:
        return below(3) == 0 ? "schön 漢字 🙂" : std::to_string(below(5));
    }
  }

  State integer() {
    constexpr int64_t kEdges[] = {0, 255, 256, 65535, 65536, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN};
    return kEdges[below(std::size(kEdges))];
  }

  State number() {
    using Limits = std::numeric_limits<double>;
    const double kEdges[] = {
        0.0, -0.0, 0.1, Limits::denorm_min(), Limits::max(), Limits::infinity(), Limits::quiet_NaN()};
    return kEdges[below(std::size(kEdges))];
  }

  std::string text() {
    std::string text;
    for (int64_t n = below(100); n > 0; --n) text += static_cast<char>(below(256));
    return text;
  }

  State key(int64_t i) {
    switch (below(4)) {
      case 0:
        return i;
      case 1:
        return State::tuple({i, "x"});
      case 2:
        return static_cast<double>(i) + 0.5;
      default:
        return "layer." + std::to_string(i) + ".weight";
    }
  }

  State::List items(int depth) {
    State::List all;
    for (int64_t n = below(6); n > 0; --n) all.push_back(make(depth - 1));
    return all;
  }

  at::Tensor view(const at::Tensor& tensor) {
    const at::Tensor plain = tensor.detach();
    if (plain.dim() == 0) return plain.expand({3});
    switch (below(3)) {
      case 0:
        return plain.transpose(0, -1);
      case 1:
        return plain.size(0) > 0 ? plain.select(0, below(plain.size(0))) : plain;
      default:
        return plain.slice(0, 0, plain.size(0), 2);
    }
  }

  std::mt19937_64 random_;
  std::vector<at::Tensor> made_;
};

}  // namespace millrace
