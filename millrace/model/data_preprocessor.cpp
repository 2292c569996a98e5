#include "millrace/model/data_preprocessor.h"

#include "millrace/structures/batch.h"

namespace millrace {
namespace {

bool is_on(const Column& column, const c10::Device& device) {
  const auto there = [&](const at::Tensor& tensor) { return !tensor.defined() || tensor.device() == device; };
  if (const auto* dense = std::get_if<Dense>(&column)) return there(dense->values);
  if (const auto* ragged = std::get_if<Ragged>(&column)) return there(ragged->values);
  if (const auto* list = std::get_if<TensorList>(&column)) {
    for (const at::Tensor& tensor : list->values)
      if (!there(tensor)) return false;
  }
  if (const auto* list = std::get_if<RowList>(&column)) {
    for (const State& rows : list->values)
      if (rows.is_tensor() && !there(rows.tensor())) return false;
  }
  return true;
}

ImageStacker::Settings settings_of(const ImgDataPreprocessor::Options& options) {
  return {.owner = "ImgDataPreprocessor",
          .mean = options.mean.value_or(std::vector<double>{}),
          .std = options.std.value_or(std::vector<double>{}),
          .pad_size_divisor = options.pad_size_divisor,
          .pad_value = options.pad_value,
          .swap_channels = options.bgr_to_rgb || options.rgb_to_bgr,
          .channels_last = options.channels_last};
}

}  // namespace

void DataPreprocessor::move(Batch& batch) const {
  for (const Batch::Entry& entry : batch.entries())
    if (!is_on(entry.column, device_)) {
      batch = batch.to(device_);
      return;
    }
}

void BaseDataPreprocessor::process(Batch& batch, Purpose) {
  move(batch);
  if (batch.has(keys::inputs)) return;
  if (const Column* images = batch.find(keys::img)) batch.set(keys::inputs, Column(*images));
}

void ImgDataPreprocessor::check(const Options& options, Complaints& complaints) {
  if (options.bgr_to_rgb && options.rgb_to_bgr)
    complaints.add("rgb_to_bgr", "bgr_to_rgb and rgb_to_bgr swap the channels twice: set only one of them");
  ImageStacker::check_statistics(options.mean, options.std, complaints);
}

ImgDataPreprocessor::ImgDataPreprocessor(Options options)
    : stacker_(settings_of(checked<ImgDataPreprocessor>(std::move(options)))) {}

void ImgDataPreprocessor::process(Batch& batch, Purpose) {
  move(batch);
  batch.set(keys::inputs, Dense{stacker_.of_batch(batch)});
}

MILLRACE_REGISTER(DataPreprocessor, BaseDataPreprocessor);
MILLRACE_REGISTER(DataPreprocessor, ImgDataPreprocessor);

}  // namespace millrace
