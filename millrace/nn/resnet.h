#pragma once

#include "millrace/nn/resnet_body.h"

namespace millrace {

/// Residual networks for images of some hundred pixels (He et al. 2015, arXiv 1512.03385), as OpenMMLab and torchvision
/// have them.
///
///     backbone=dict(type='ResNet', depth=50, out_indices=(0, 1, 2, 3))
///
///     ResNet net({.depth = 50});
///
/// Takes  (N, in_channels, H, W)
/// Gives  one tensor for each of out_indices: stage i has base_channels 2^i expansion channels and 1 / 2^(i+2) of the
///        height and width; 512 channels from the last one at depth 18 and 34, else 2048
/// Names  conv1, bn1, layer1.0.conv1, layer1.0.bn1, …, layer2.0.downsample.0, …: torchvision's; gn1 for GN
class ResNet : public Backbone, public nn::HasInit {
 public:
  using Options = nn::ResNetOptions;
  static void check(const Options& options, Complaints& complaints);
  explicit ResNet(Options options);
  Features forward(const at::Tensor& inputs) override { return body_.forward(inputs); }
  void train(bool on = true) override;
  void apply_init(const ModuleView& own) const override;
  /// Channels of the last stage: a linear head's in_channels.
  int64_t channels() const { return body_.channels(); }

 protected:
  using Stem = nn::ResNetBody::Stem;
  /// For classes of the family, with checked options.
  ResNet(const Options& options, Stem stem);

 private:
  nn::ResNetBody body_;
  bool zero_init_residual_;
};

/// ResNet for images of 32 pixels: a 3x3 stem without pooling. The depths 20, 32, 44, 56 and 110 are the networks of
/// section 4.2, of three stages with 16, 32 and 64 channels, with 1x1 convolutions as shortcuts.
///
///     backbone=dict(type='ResNet_CIFAR', depth=20)        # 64 channels, 8x8
class ResNet_CIFAR final : public ResNet {  // NOLINT: the name that configs use
 public:
  static void check(const Options& options, Complaints& complaints);
  explicit ResNet_CIFAR(const Options& options);
};

/// ResNet with a deep stem (He et al. 2018, arXiv 1812.01187).
class ResNetV1c final : public ResNet {
 public:
  static void defaults(Options& options);
  static void check(const Options& options, Complaints& complaints);
  explicit ResNetV1c(Options options);
};

/// ResNet with a deep stem and with means in the shortcuts (the same paper).
class ResNetV1d final : public ResNet {
 public:
  static void defaults(Options& options);
  static void check(const Options& options, Complaints& complaints);
  explicit ResNetV1d(Options options);
};

/// ResNet with 32 groups in its 3x3 convolutions (Xie et al. 2016, arXiv 1611.05431); from depth 50 on.
class ResNeXt final : public ResNet {
 public:
  static void defaults(Options& options);
  explicit ResNeXt(Options options);
};

}  // namespace millrace
