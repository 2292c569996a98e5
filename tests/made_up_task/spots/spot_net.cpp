#include "tests/made_up_task/spots/spot_net.h"

#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/repeat_interleave.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros_like.h>

#include "millrace/structures/batch.h"
#include "millrace/structures/instances.h"
#include "millrace/structures/loss_map.h"
#include "tests/made_up_task/spots/spot_keys.h"
#include "tests/made_up_task/spots/spot_view.h"

namespace millrace::spots {
namespace {

constexpr int64_t kCell = 8;

}  // namespace

SpotNet::SpotNet(Options options) : options_(checked<SpotNet>(options)) {
  const int64_t w = options_.width;
  const auto layer = [](int64_t in, int64_t out, int64_t stride) {
    return nn::Conv2d(nn::Conv2dOptions(in, out, 3).stride(stride).padding(1).bias(false));
  };
  body_ = register_module("body", nn::Sequential{layer(3, w, 2), nn::BatchNorm2d(w), nn::ReLU(),              //
                                                 layer(w, 2 * w, 2), nn::BatchNorm2d(2 * w), nn::ReLU(),      //
                                                 layer(2 * w, 2 * w, 2), nn::BatchNorm2d(2 * w), nn::ReLU(),  //
                                                 layer(2 * w, 2 * w, 1), nn::BatchNorm2d(2 * w), nn::ReLU()});
  head_ = register_module("head", nn::Conv2d(nn::Conv2dOptions(2 * w, 7, 1)));
}

at::Tensor SpotNet::forward(at::Tensor images) { return head_(body_->forward(images.to(at::kFloat) / 255)); }

LossMap SpotNet::loss(Batch& batch) {
  static const Key kPresence("loss_presence"), kBox("loss_box"), kClass("loss_class");
  const at::Tensor out = forward(batch.tensor(keys::inputs));
  const Instances truth = batch.instances(kTruth);
  const at::Tensor boxes = truth.tensor(kBboxes), labels = truth.tensor(kLabels);
  const at::Tensor counts = truth.offsets().diff().to(out.device());
  const at::Tensor image = at::repeat_interleave(counts);
  const at::Tensor middle = (boxes.narrow(1, 0, 2) + boxes.narrow(1, 2, 2)) / 2;
  const at::Tensor cell = middle.floor_divide(kCell).to(at::kLong);
  const at::Tensor column = cell.select(1, 0).clamp(0, out.size(3) - 1),
                   row = cell.select(1, 1).clamp(0, out.size(2) - 1);

  at::Tensor presence = at::zeros_like(out.select(1, 0));
  presence.index_put_({image, row, column}, at::ones({}, presence.options()));
  const at::Tensor found = out.permute({0, 2, 3, 1}).index({image, row, column});  // (n, 7)
  const at::Tensor corner = at::stack({column, row}, 1).repeat({1, 2}) * kCell;
  return {{kPresence, at::binary_cross_entropy_with_logits(out.select(1, 0), presence)},
          {kBox, at::l1_loss(found.narrow(1, 1, 4), (boxes - corner) / kCell)},
          {kClass, at::cross_entropy_loss(found.narrow(1, 5, 2), labels)}};
}

void SpotNet::predict(Batch& batch) {
  const at::Tensor out = forward(batch.tensor(keys::inputs));
  const at::Tensor score = out.select(1, 0).sigmoid();
  const at::Tensor highest = at::max_pool2d(score.unsqueeze(1), {3, 3}, {1, 1}, {1, 1}).squeeze(1);
  const at::Tensor kept =
      score.ge(options_.threshold).logical_and(score.eq(highest)).nonzero();  // (n, 3): image, row, column
  const at::Tensor by_score = score.index({kept.select(1, 0), kept.select(1, 1), kept.select(1, 2)}).argsort(0, true);
  const at::Tensor sorted = kept.index_select(0, by_score);
  const at::Tensor by_image = std::get<1>(sorted.select(1, 0).sort(/*stable=*/true, 0, /*descending=*/false));
  const at::Tensor places = sorted.index_select(0, by_image);
  const at::Tensor image = places.select(1, 0), row = places.select(1, 1), column = places.select(1, 2);

  const at::Tensor cells = out.permute({0, 2, 3, 1}).index({image, row, column});  // (n, 7)
  const at::Tensor corner = at::stack({column, row}, 1).repeat({1, 2}) * kCell;
  const at::Tensor counts = image.bincount({}, out.size(0)).cpu();
  Instances found = Instances::of_images({counts.const_data_ptr<int64_t>(), static_cast<size_t>(out.size(0))});
  found.set(kBboxes, cells.narrow(1, 1, 4) * kCell + corner);
  found.set(kScores, cells.select(1, 0).sigmoid());
  found.set(kLabels, cells.narrow(1, 5, 2).argmax(1));
  batch.set_instances(kFound, found);
}

Component<TaskView> SpotNet::task_view() const { return std::make_shared<SpotView>(); }

MILLRACE_REGISTER(Model, SpotNet);

}  // namespace millrace::spots
