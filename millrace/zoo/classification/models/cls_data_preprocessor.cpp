#include "millrace/zoo/classification/models/cls_data_preprocessor.h"

#include <ATen/ops/one_hot.h>

#include "millrace/base/error.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/labels.h"

namespace millrace::classification {
namespace {

ImageStacker::Settings stacker_settings(const ClsDataPreprocessor::Options& options) {
  return {.owner = "ClsDataPreprocessor",
          .mean = options.mean.value_or(std::vector<double>{}),
          .std = options.std.value_or(std::vector<double>{}),
          .pad_size_divisor = options.pad_size_divisor,
          .pad_value = options.pad_value,
          .swap_channels = options.to_rgb,
          .channels_last = options.channels_last};
}

Error no_classes() {
  return Error("ClsDataPreprocessor needs num_classes to mix the labels of a batch").help("num_classes=10");
}

}  // namespace

void ClsDataPreprocessor::check(const Options& options, Complaints& complaints) {
  ImageStacker::check_statistics(options.mean, options.std, complaints);
  if (options.to_onehot && !options.num_classes)
    complaints.add("to_onehot", "ClsDataPreprocessor.to_onehot needs num_classes").help("num_classes=10");
  if (options.batch_augments && !options.num_classes) complaints.add("batch_augments", "") = no_classes();
}

ClsDataPreprocessor::ClsDataPreprocessor(Options options)
    : options_(checked<ClsDataPreprocessor>(std::move(options))), stacker_(stacker_settings(options_)) {
  if (options_.batch_augments) augment_ = options_.batch_augments.build();
}

void ClsDataPreprocessor::set_batch_augments(std::shared_ptr<BatchAugment> augment) {
  if (!options_.num_classes) throw no_classes();
  augment_ = std::move(augment);
}

void ClsDataPreprocessor::process(Batch& batch, Purpose purpose) {
  const bool augments = augment_ && purpose == Purpose::training;
  const bool makes_scores = (options_.to_onehot || augments) && batch.has(keys::gt_label) && !batch.has(keys::gt_score);
  if (makes_scores) check_labels(batch.tensor(keys::gt_label), *options_.num_classes, "ClsDataPreprocessor");
  move(batch);
  batch.set(keys::inputs, Dense{stacker_.of_batch(batch)});
  if (makes_scores)
    batch.set(keys::gt_score, Dense{at::one_hot(batch.tensor(keys::gt_label), *options_.num_classes).to(at::kFloat)});
  if (augments && batch.has(keys::gt_score)) augment_batch(*augment_, batch);
}

MILLRACE_REGISTER(DataPreprocessor, ClsDataPreprocessor);

}  // namespace millrace::classification
