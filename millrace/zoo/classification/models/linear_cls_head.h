#pragma once

#include "millrace/nn/initializers.h"
#include "millrace/nn/layers.h"
#include "millrace/zoo/classification/models/cls_head.h"

namespace millrace::classification {

/// One linear layer on the deepest feature:  scores = W x + b.
///
///     LinearClsHead({.num_classes = 10, .in_channels = 512, .common = {.topk = {1, 5}}})
///
/// Takes  (N, in_channels)
/// Names  fc
class LinearClsHead final : public BaseClsHead {
 public:
  struct Options {
    Required<int64_t> num_classes;
    Required<int64_t> in_channels;
    ClsHeadOptions common{};
    nn::InitCfg init_cfg =
        OneOrMany<Component<nn::Initializer>>(use<nn::init::Normal>({.std = 0.01, .targets = {.layer = "Linear"}}));

    template <class Fields>
    static void describe(Fields& f) {
      f("num_classes", &Options::num_classes, "number of classes").at_least(1);
      f("in_channels", &Options::in_channels, "width of the feature").at_least(1);
      f.flatten(&Options::common);
      f("init_cfg", &Options::init_cfg, "initial weights");
    }
  };
  explicit LinearClsHead(Options options);
  at::Tensor scores(const Features& features) override;

 private:
  int64_t in_channels_;
  nn::Linear fc_ = nullptr;
};

}  // namespace millrace::classification
