#pragma once

#include <vector>

#include "millrace/nn/backbone.h"
#include "millrace/nn/layers.h"

namespace millrace::classification {

/// A multilayer perceptron for rows of a table: linear layers, each followed by a ReLU.
///
///     MLP({.in_features = 8, .hidden = {64, 64}})
///
/// Takes  (N, in_features), or any (N, …) of as many numbers
/// Gives  (N, the last of hidden)
/// Names  fc1, fc2, …
class MLP final : public Backbone {
 public:
  struct Options {
    Required<int64_t> in_features;
    std::vector<int64_t> hidden = {64, 64};
    double dropout = 0;

    template <class Fields>
    static void describe(Fields& f) {
      f("in_features", &Options::in_features, "numbers of a sample").at_least(1);
      f("hidden", &Options::hidden, "units of each layer; the last: the head's in_channels").at_least(1).not_empty();
      f("dropout", &Options::dropout, "share of each layer's units that is dropped in training").within(0, 1);
    }
  };
  explicit MLP(Options options);
  Features forward(const at::Tensor& inputs) override;

 private:
  int64_t in_features_;
  std::vector<nn::Linear> layers_;
  nn::Dropout dropout_ = nullptr;
};

}  // namespace millrace::classification
