#pragma once

#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/zeros.h>

#include <cstdio>

#if __has_include(<opencv2/core/mat.hpp>)
#include <opencv2/core/mat.hpp>
#endif

#include "millrace/analysis/operator_observer.h"
#include "millrace/config/json.h"
#include "millrace/data/data_loader.h"
#include "millrace/data/dataset.h"
#include "millrace/data/geometry/geometric_transform.h"
#include "millrace/data/tensor_dataset.h"
#include "millrace/dist/ranks.h"
#include "millrace/eval/evaluator.h"
#include "millrace/hub/message_hub.h"
#include "millrace/infer/inferencer.h"
#include "millrace/io/file.h"
#include "millrace/log/logger.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/layer_kinds.h"
#include "millrace/nn/layers.h"
#include "millrace/nn/resnet.h"
#include "millrace/nn/sequential.h"
#include "millrace/optim/group_settings.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"
#include "millrace/optim/optimizer.h"
#include "millrace/optim/schedulers/cosine_annealing_lr.h"
#include "millrace/optim/schedulers/linear_lr.h"
#include "millrace/optim/schedulers/step_lr.h"
#include "millrace/optim/sgd.h"
#include "millrace/runner/log_processor.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/instances.h"
#include "millrace/structures/loss_map.h"
#include "millrace/structures/sample.h"
#include "millrace/vis/task_view.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

const Key kBboxes("bboxes"), kDepth("depth"), kGtInstances("gt_instances"), kGtSemSeg("gt_sem_seg"), kHeight("height"),
    kLoss("loss"), kPredHeight("pred_height"), kPredInstances("pred_instances"), kScores("scores"), kSemSeg("sem_seg");

std::shared_ptr<TaskView> spot_view();

class MyNet : public BaseModel {
 public:
  LossMap loss(Batch& batch) override;
  void predict(Batch& batch) override;
};

/// What examples in headers of the engine's rooms take for granted; see tools/extract_header_examples. Nobody makes one:
/// the examples are compiled, not run.
struct Names {
  nn::Conv2d block;
  Batch& batch;
  at::Tensor bitmap, boxes, cross_entropy, depth, features, images, loss_sum, loss_tensor, scores, share_right, sum, x,
      y;
  const State &checkpoint, &meta, &own, &weights;
  GroupSettings& settings;
  HookList& hooks;
  Ranks& ranks;
  bool stop;
  const std::string& pickle;
  double batch_size;
  TensorDataset::Columns columns;
  HistoryBuffer& history;
  MessageHub& hub;
  int64_t i, iters, length, ordinal;
  const std::vector<int64_t>& counts;
  State masks;
  LossMap& losses;
  std::shared_ptr<Metric> metric;
  Logger& logger;
  LogProcessor& processor;
  const LogState& state;
  BaseModel& model;
  torch::nn::Module& module;
  std::shared_ptr<MyNet> net;
  nn::ResNetOptions options;
  OptimWrapper& optim;
  Instances& found;
  RgbImage& picture;
  Visualizer& visualizer;
  OptimSet& optims;
  Rng &rng, &other;
  GeometricTransform &flip, &crop;
  uint64_t seed;
  Runner& runner;
  Sample& sample;
  DataLoader& loader;
  Dataset& dataset;
  std::shared_ptr<Dataset> data;
  Inferencer& inferencer;
  ModuleView backbone;
  io::OutputFile& file;
#if __has_include(<opencv2/core/mat.hpp>)
  cv::Mat& frame;
#endif
  LossMap loss(Batch& batch);
  void train(Batch& batch);
  RunnerOptions options_of_rank(int64_t rank);
};

}  // namespace millrace
