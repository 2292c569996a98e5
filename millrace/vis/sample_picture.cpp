#include "millrace/vis/sample_picture.h"

#include <ATen/ops/clamp.h>
#include <fmt/format.h>

#include <algorithm>

#include "millrace/data/image_picture.h"
#include "millrace/picture/captioned.h"
#include "millrace/structures/batch.h"

namespace millrace {

namespace {

constexpr Rgb kPaper{255, 255, 255}, kRight{5, 110, 75}, kWrong{178, 40, 30};
constexpr int64_t kGap = 8;

/// Row i of an image column, (C, H, W); undefined if there is none.
at::Tensor image_row(const Batch& batch, int64_t i) {
  const Column* column = batch.find(keys::img);
  if (!column) return {};
  if (const auto* dense = std::get_if<Dense>(column)) return dense->values.select(0, i);
  if (const auto* list = std::get_if<TensorList>(column)) return list->values[static_cast<size_t>(i)];
  return {};
}

}  // namespace

std::vector<SampleAnswer> answers_of(const Batch& batch) {
  std::vector<SampleAnswer> answers(static_cast<size_t>(batch.size()));
  const auto labels_of = [&](Key key, std::optional<int64_t> SampleAnswer::*member) {
    const Column* column = batch.find(key);
    const auto* dense = column ? std::get_if<Dense>(column) : nullptr;
    if (!dense || dense->values.dim() != 1) return;
    const at::Tensor labels = dense->values.to(at::kCPU, at::kLong).contiguous();
    for (size_t i = 0; i < answers.size(); ++i) answers[i].*member = labels.const_data_ptr<int64_t>()[i];
  };
  labels_of(keys::gt_label, &SampleAnswer::truth);
  labels_of(keys::pred_label, &SampleAnswer::said);
  const Column* column = batch.find(keys::pred_score);
  const auto* dense = column ? std::get_if<Dense>(column) : nullptr;
  if (!dense || dense->values.dim() != 2) return answers;
  const at::Tensor scores = dense->values.to(at::kCPU, at::kDouble).contiguous();
  for (size_t i = 0; i < answers.size(); ++i)
    if (answers[i].said && *answers[i].said >= 0 && *answers[i].said < scores.size(1))
      answers[i].score = scores.const_data_ptr<double>()[static_cast<int64_t>(i) * scores.size(1) + *answers[i].said];
  return answers;
}

std::string class_label(const State& meta, int64_t label) {
  const State* classes = meta.find("classes");
  if (!classes || !classes->is_sequence() || label < 0 || label >= static_cast<int64_t>(classes->items().size()))
    return std::to_string(label);
  const State& name = classes->items()[static_cast<size_t>(label)];
  return name.is_string() ? name.string() : std::to_string(label);
}

std::optional<RgbImage> picture_of(const Batch& batch, int64_t i, bool is_bgr) {
  at::Tensor image = image_row(batch, i);
  if (!image.defined() || image.dim() != 3 || image.numel() == 0) return std::nullopt;
  if (image.size(0) != 1 && image.size(0) != 3) return std::nullopt;
  if (image.scalar_type() != at::kByte) image = at::clamp(image, 0, 255).to(at::kByte);
  return picture_of(image.permute({1, 2, 0}), is_bgr ? ImageReading::Order::bgr : ImageReading::Order::rgb);
}

RgbImage answered(const RgbImage& picture, const SampleAnswer& answer, const State& meta, int64_t side) {
  std::vector<CaptionLine> lines;
  if (answer.said) {
    const bool right = answer.truth == answer.said;
    lines.push_back({class_label(meta, *answer.said), answer.score ? fmt::format("{:.1f}%", 100 * *answer.score) : "",
                     answer.score.value_or(1),
                     !answer.truth ? CaptionLine{}.bar
                     : right       ? kRight
                                   : kWrong});
  }
  if (answer.truth) lines.push_back({(answer.said ? "is " : "") + class_label(meta, *answer.truth)});
  return captioned(picture, lines, side);
}

RgbImage sheet_of(const std::vector<RgbImage>& pictures, int64_t columns) {
  int64_t width = 1, height = 1;
  for (const RgbImage& picture : pictures) {
    width = std::max(width, picture.width());
    height = std::max(height, picture.height());
  }
  const auto count = static_cast<int64_t>(pictures.size());
  columns = std::clamp<int64_t>(columns, 1, std::max<int64_t>(count, 1));
  const int64_t rows = std::max<int64_t>(1, (count + columns - 1) / columns);
  RgbImage sheet(columns * (width + kGap) + kGap, rows * (height + kGap) + kGap, kPaper);
  for (int64_t i = 0; i < count; ++i)
    sheet.paste(pictures[static_cast<size_t>(i)], i % columns * (width + kGap) + kGap,
                i / columns * (height + kGap) + kGap);
  return sheet;
}

}  // namespace millrace
