#pragma once

#include <map>

#include "millrace/vis/task_view.h"

namespace millrace::spots {

/// What people see of spots: a line "2 spots: disc 98% at (10, 12, 20, 22), …"; an object {"spots": [{"class", "label",
/// "score", "bbox"}]}; pictures with green boxes for the truth and orange ones for what was found; a report of how many of
/// each class were found. Boxes are those of the image that the network was given; on the picture of a file they are
/// scaled to it.
class SpotView final : public TaskView {
 public:
  std::string line(const Sample& row, const State& dataset_meta, int64_t most) const override;
  Value object(const Sample& row, const State& dataset_meta, int64_t most) const override;
  RgbImage draw(const RgbImage& picture, const Sample& row, const State& dataset_meta,
                const Drawing& drawing) const override;

  void begin_report(const State& dataset_meta) override;
  void add_to_report(const Batch& batch) override;
  State partial() const override;
  void absorb(const State& partial) override;
  TestReport report() const override;

 private:
  struct Count {
    int64_t truth = 0, found = 0;
  };
  State dataset_meta_;
  std::map<int64_t, Count> counts_;  // by label
};

}  // namespace millrace::spots
