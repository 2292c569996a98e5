#include "millrace/data/geometry/annotations.h"

#include <ATen/ops/tensor.h>
#include <fmt/format.h>

#include <array>
#include <atomic>
#include <mutex>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/data/image_keys.h"
#include "millrace/structures/instances.h"

namespace millrace {

namespace {

/// Lines are added when a library is loaded, and read by many threads meanwhile: they never move, and what was counted
/// is complete.
class AnnotationTable {
 public:
  static AnnotationTable& instance() {
    static AnnotationTable table;
    return table;
  }

  void add(const Annotation& line) {
    const std::lock_guard lock(mutex_);
    for (const Annotation& held : lines())
      for (const Key key : {line.key, line.packed})
        if (held.key == key || held.packed == key)
          throw Error(fmt::format("the table of annotations has '{}' already", key.name()));
    if (lines_.size() == kMostLines) throw Error("the table of annotations is full");
    append(line);
  }

  const Annotation* find(Key key) const {
    const uint8_t number = number_of(key).load(std::memory_order_acquire);
    return number == 0 ? nullptr : &lines_[number - 1U];
  }

  std::span<const Annotation> lines() const { return {lines_.data(), size_.load(std::memory_order_acquire)}; }

 private:
  static constexpr size_t kMostLines = 255, kMostKeys = size_t{1} << 18;  // as many as Key interns

  AnnotationTable() {
    using Per = Annotation::Per;
    lines_.reserve(kMostLines);
    const auto line = [this](const char* key, const char* packed, Per per, const Mover* mover = nullptr) {
      append({Key(key), Key(packed), per, mover});
    };
    line("gt_bboxes", "gt_instances.bboxes", Per::instance, &movers::boxes());
    line("gt_masks", "gt_instances.masks", Per::instance, &movers::masks());
    line("gt_keypoints", "gt_instances.keypoints", Per::instance, &movers::keypoints());
    line("gt_keypoints_visible", "gt_instances.keypoints_visible", Per::instance);
    line("gt_bboxes_labels", "gt_instances.labels", Per::instance);
    line("gt_ignore_flags", "gt_instances.ignore_flags", Per::instance);
    line("gt_seg_map", "gt_sem_seg.sem_seg", Per::image, &movers::segmentation());
    line("gt_depth_map", "gt_depth_map.data", Per::image, &movers::map());
    line("gt_flow_fw", "gt_flow_fw.data", Per::image, &movers::flow());
  }

  void append(const Annotation& line) {
    lines_.push_back(line);
    number_of(line.key).store(static_cast<uint8_t>(lines_.size()), std::memory_order_release);
    size_.store(lines_.size(), std::memory_order_release);
  }

  std::atomic<uint8_t>& number_of(Key key) { return numbers_[static_cast<size_t>(key.id())]; }
  const std::atomic<uint8_t>& number_of(Key key) const { return numbers_[static_cast<size_t>(key.id())]; }

  std::mutex mutex_;
  std::vector<Annotation> lines_;
  std::array<std::atomic<uint8_t>, kMostKeys> numbers_{};  // of the line of each key, from 1 on: every field asks
  std::atomic<size_t> size_ = 0;
};

at::Tensor places_where(std::span<const char> flags, bool wanted) {
  std::vector<int64_t> places;
  for (size_t i = 0; i < flags.size(); ++i)
    if ((flags[i] != 0) == wanted) places.push_back(static_cast<int64_t>(i));
  return at::tensor(places, at::kLong);
}

}  // namespace

bool add_annotation(const Annotation& annotation) {
  AnnotationTable::instance().add(annotation);
  return true;
}

std::span<const Annotation> annotations() { return AnnotationTable::instance().lines(); }

const Annotation* find_annotation(Key key) { return AnnotationTable::instance().find(key); }

std::optional<Key> instance_group(const Sample::Field& field) {
  if (const Annotation* line = find_annotation(field.key))
    return line->per == Annotation::Per::instance ? line->packed.group() : std::nullopt;
  return field.form == Sample::Form::whole ? std::nullopt : field.key.group();
}

void keep_instances(Sample& sample, Key group, std::span<const char> kept) {
  const at::Tensor places = places_where(kept, true);
  for (Sample::Field& field : sample.fields()) {
    if (field.value.is_none() || instance_group(field) != group) continue;
    if (row_count(field.value) != static_cast<int64_t>(kept.size()))
      throw Error(
          fmt::format("'{}' has {} rows for {} instances", field.key.name(), row_count(field.value), kept.size()));
    field.value = selected_rows(field.value, places);
  }
}

void pack_annotations(Sample& sample) {
  for (Sample::Field& field : sample.fields()) {
    const Annotation* const line = find_annotation(field.key);
    if (!line) continue;
    field.key = line->packed;
    if (line->per == Annotation::Per::image) {
      const at::Tensor& map = field.value.tensor();
      field.value = map.dim() == 2 ? map.unsqueeze(0) : map.permute({2, 0, 1});
    } else {
      const bool is_joined = field.value.is_tensor() && line->mover != &movers::masks();
      field.form = is_joined ? Sample::Form::rows : Sample::Form::row_list;
    }
  }
  static const Key kFlags("ignore_flags");
  if (!sample.has(keys::gt_instances.child(kFlags))) return;
  const Instances all = sample.instances(keys::gt_instances);
  const at::Tensor flags = all.tensor(kFlags).to(at::kBool);
  Instances columns(all.offsets());
  for (const Instances::Column& column : all.columns()) {
    if (column.name == kFlags) continue;
    if (const auto* values = std::get_if<at::Tensor>(&column.values)) columns.set(column.name, *values);
    else columns.set_list(column.name, std::get<std::vector<State>>(column.values));
  }
  sample.set_instances(keys::gt_instances, columns.select(flags.logical_not()));
  sample.set_instances(keys::ignored_instances, columns.select(flags));
}

}  // namespace millrace
