#include "tests/made_up_task/spots/spot_view.h"

#include <fmt/format.h>

#include <cmath>

#include "millrace/data/image_keys.h"
#include "millrace/structures/batch.h"
#include "millrace/structures/instances.h"
#include "tests/made_up_task/spots/spot_keys.h"
#include "tests/made_up_task/spots/spot_match.h"

namespace millrace::spots {
namespace {

constexpr Rgb kGreen{40, 200, 90}, kOrange{240, 140, 30};

struct FoundSpot {
  int64_t label;
  double score;
  std::array<double, 4> box;
};

std::vector<FoundSpot> spots_of(const Instances& instances, int64_t most) {
  const at::Tensor boxes = instances.tensor(kBboxes), labels = instances.tensor(kLabels);
  std::vector<FoundSpot> spots;
  for (int64_t i = 0; i < std::min(instances.size(), most); ++i) {
    FoundSpot& spot = spots.emplace_back();
    spot.label = labels[i].item<int64_t>();
    spot.score = instances.has(kScores) ? instances.tensor(kScores)[i].item<double>() : 1;
    for (int64_t k = 0; k < 4; ++k) spot.box[static_cast<size_t>(k)] = boxes[i][k].item<double>();
  }
  return spots;
}

void outline(RgbImage& picture, const std::array<double, 4>& box, double scale, Rgb colour) {
  const auto at = [&](size_t k) { return std::llround(box[k] * scale); };
  const int64_t width = at(2) - at(0), height = at(3) - at(1);
  picture.fill(at(0), at(1), width, 1, colour);
  picture.fill(at(0), at(3) - 1, width, 1, colour);
  picture.fill(at(0), at(1), 1, height, colour);
  picture.fill(at(2) - 1, at(1), 1, height, colour);
}

}  // namespace

std::string SpotView::line(const Sample& row, const State& dataset_meta, int64_t most) const {
  const Instances found = row.instances(kFound);
  std::string text = fmt::format("{} spot{}", found.size(), found.size() == 1 ? "" : "s");
  for (const FoundSpot& spot : spots_of(found, most))
    text += fmt::format("{} {} {:.0f}% at ({:.0f}, {:.0f}, {:.0f}, {:.0f})", text.find(':') == text.npos ? ":" : ",",
                        class_name_of_label(dataset_meta, spot.label), 100 * spot.score, spot.box[0], spot.box[1],
                        spot.box[2], spot.box[3]);
  return text;
}

Value SpotView::object(const Sample& row, const State& dataset_meta, int64_t most) const {
  Value spots = Value::list();
  for (const FoundSpot& spot : spots_of(row.instances(kFound), most)) {
    Value object = Value::dict();
    object.as_dict().set("class", class_name_of_label(dataset_meta, spot.label));
    object.as_dict().set("label", spot.label);
    object.as_dict().set("score", spot.score);
    object.as_dict().set("bbox", Value::list({spot.box[0], spot.box[1], spot.box[2], spot.box[3]}));
    spots.items().push_back(object);
  }
  Value object = Value::dict();
  object.as_dict().set("spots", spots);
  return object;
}

RgbImage SpotView::draw(const RgbImage& picture, const Sample& row, const State&, const Drawing& drawing) const {
  RgbImage drawn = picture.fitted(drawing.longer_edge);
  const auto longer = static_cast<double>(std::max(picture.width(), picture.height()));
  double scale = static_cast<double>(std::max(drawn.width(), drawn.height())) / longer;
  if (const State* shape = row.find(keys::img_shape); drawing.is_file && shape)
    scale *= static_cast<double>(picture.width()) / shape->items()[1].number();
  if (drawing.truth && row.has(kTruth.child(kBboxes)))
    for (const FoundSpot& spot : spots_of(row.instances(kTruth), 1000)) outline(drawn, spot.box, scale, kGreen);
  if (drawing.prediction && row.has(kFound.child(kBboxes)))
    for (const FoundSpot& spot : spots_of(row.instances(kFound), 1000)) outline(drawn, spot.box, scale, kOrange);
  return drawn;
}

void SpotView::begin_report(const State& dataset_meta) {
  dataset_meta_ = dataset_meta;
  counts_.clear();
}

void SpotView::add_to_report(const Batch& batch) {
  const Instances all_truth = batch.instances(kTruth), all_found = batch.instances(kFound);
  for (int64_t i = 0; i < batch.size(); ++i) {
    const Instances truth = all_truth.row(i), found = all_found.row(i);
    for (int64_t k = 0; k < truth.size(); ++k) ++counts_[truth.tensor(kLabels)[k].item<int64_t>()].truth;
    for (const auto& [true_one, found_one] : matches(truth, found))
      ++counts_[truth.tensor(kLabels)[true_one].item<int64_t>()].found;
  }
}

State SpotView::partial() const {
  State list = State::list();
  for (const auto& [label, count] : counts_) list.push_back(State::tuple({label, count.truth, count.found}));
  return list;
}

void SpotView::absorb(const State& partial) {
  for (const State& each : partial.items()) {
    Count& count = counts_[each.items()[0].integer()];
    count.truth += each.items()[1].integer();
    count.found += each.items()[2].integer();
  }
}

TestReport SpotView::report() const {
  if (counts_.empty()) return {};
  ReportTable table{{"spot", "there", "found"}, {}};
  std::string text, csv = "spot,there,found\n";
  for (const auto& [label, count] : counts_) {
    const std::string name = class_name_of_label(dataset_meta_, label);
    table.rows.push_back({name, std::to_string(count.truth), std::to_string(count.found)});
    text += fmt::format("{:<8}{} of {} found\n", name, count.found, count.truth);
    csv += fmt::format("{},{},{}\n", name, count.truth, count.found);
  }
  return {text, {{"Spots", {table}}}, {{"spots.csv", csv, "spots"}}};
}

MILLRACE_REGISTER(TaskView, SpotView);

}  // namespace millrace::spots
