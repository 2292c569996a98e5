#pragma once

#include <vector>

#include "millrace/nn/backbone.h"
#include "millrace/nn/layers.h"

namespace millrace::classification {

/// A small network for small images, in the manner of LeNet with batch norm: stages of convolution, norm, 2x2 maximum
/// and ReLU, then one hidden linear layer.
///
///     LeNet net({.widths = {16, 32, 64}, .hidden = 128});       // 28x28: 16x14x14, 32x7x7, 64x3x3, 128
///
/// Takes  (N, in_channels, image_size, image_size)
/// Gives  (N, hidden)
/// Names  conv1, bn1, conv2, bn2, …, fc1; convolutions have no bias
class LeNet final : public Backbone {
 public:
  struct Options {
    std::vector<int64_t> widths = {16, 32, 64};
    int64_t hidden = 128;
    OneOrMany<int64_t> kernel_size = 3;
    std::optional<OneOrMany<int64_t>> padding{};
    int64_t in_channels = 1;
    int64_t image_size = 28;
    double dropout = 0;

    template <class Fields>
    static void describe(Fields& f) {
      f("widths", &Options::widths, "channels of each stage").at_least(1).not_empty();
      f("hidden", &Options::hidden, "width of the linear layer: the head's in_channels").at_least(1);
      f("kernel_size", &Options::kernel_size, "of the convolutions, one for all stages or one each").at_least(1);
      f("padding", &Options::padding, "of the convolutions, one for all stages or one each; None keeps the size")
          .at_least(0);
      f("in_channels", &Options::in_channels, "channels of the images").at_least(1);
      f("image_size", &Options::image_size, "height and width of the images in pixels").at_least(1);
      f("dropout", &Options::dropout, "share of the hidden units that is dropped in training").within(0, 1);
    }
  };
  static void check(const Options& options, Complaints& complaints);
  LeNet() : LeNet(Options{}) {}
  explicit LeNet(Options options);
  Features forward(const at::Tensor& inputs) override;

 private:
  struct Stage {
    nn::Conv2d conv;
    nn::BatchNorm2d bn;
  };
  Options options_;
  std::vector<Stage> stages_;
  nn::Linear fc1_ = nullptr;
  nn::Dropout dropout_ = nullptr;
};

}  // namespace millrace::classification
