#include "millrace/zoo/classification/datasets/labelled_images.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/data/channel_order.h"
#include "millrace/data/dataset.h"
#include "millrace/structures/strided_view.h"
#include "millrace/zoo/classification/keys.h"

namespace millrace::classification {

LabelledImages::LabelledImages(at::Tensor images, std::vector<uint8_t> labels, int64_t class_count,
                               const Place& label_place)
    : images_(std::move(images)), labels_(std::move(labels)) {
  if (size() != images_.size(0))
    throw Error(label_place, fmt::format("{} labels for {} images", size(), images_.size(0)));
  const auto largest = std::max_element(labels_.begin(), labels_.end());
  if (largest != labels_.end() && *largest >= class_count)
    throw Error(label_place, fmt::format("the label {}, and there are {} classes", *largest, class_count));
}

void LabelledImages::pick(const std::optional<std::variant<int64_t, std::vector<int64_t>>>& indices) {
  if (!indices) return;
  const std::vector<int64_t> picked = picked_indices(*indices, size());
  std::vector<int64_t> sizes = images_.sizes().vec();
  sizes[0] = static_cast<int64_t>(picked.size());
  at::Tensor images = images_.new_empty(sizes);
  std::vector<uint8_t> labels;
  for (size_t i = 0; i < picked.size(); ++i) {
    images.select(0, static_cast<int64_t>(i)).copy_(images_.select(0, picked[i]));
    labels.push_back(labels_[static_cast<size_t>(picked[i])]);
  }
  images_ = images;
  labels_ = std::move(labels);
}

void LabelledImages::relabel(const std::vector<int64_t>& places) {
  for (uint8_t& label : labels_) {
    MILLRACE_ASSERT(places[label] <= UINT8_MAX, "more classes than a label can number");
    label = static_cast<uint8_t>(places[label]);
  }
}

Sample LabelledImages::get(int64_t index) const {
  Sample sample;
  sample.set(keys::img, row_view(images_, index));
  if (images_.size(3) == 3) set_channel_order(sample, ImageReading::Order::rgb);
  sample.set(keys::gt_label, label(index));
  sample.set(keys::sample_idx, index);
  return sample;
}

State meta_of_classes(const std::vector<std::string>& classes) { return with_classes(State::dict(), classes); }

State with_classes(State meta, const std::vector<std::string>& classes) {
  meta["classes"] = State::tuple(State::List(classes.begin(), classes.end()));  // a tuple, as in MMEngine's files
  return meta;
}

}  // namespace millrace::classification
