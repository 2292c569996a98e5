#include "millrace/zoo/classification/models/linear_cls_head.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace millrace::classification {

LinearClsHead::LinearClsHead(Options options)
    : BaseClsHead(checked<LinearClsHead>(options).common, *options.num_classes),
      in_channels_(options.in_channels),
      fc_(register_module("fc", nn::Linear(*options.in_channels, *options.num_classes))) {
  set_init(std::move(options.init_cfg));
}

at::Tensor LinearClsHead::scores(const Features& features) {
  const at::Tensor& x = features.back();
  if (x.dim() == 2 && x.size(1) == in_channels_) return fc_(x);
  Error error(fmt::format("LinearClsHead got input ({}), in_channels is {}", fmt::join(x.sizes(), ", "), in_channels_));
  throw error.help(x.dim() == 2 ? fmt::format("in_channels={}", x.size(1))
                                : "neck=dict(type='GlobalAveragePooling') between backbone and head");
}

MILLRACE_REGISTER(Head, LinearClsHead);

}  // namespace millrace::classification
