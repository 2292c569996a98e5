#include "millrace/vis/task_view.h"

#include "millrace/structures/batch.h"

namespace millrace {

TaskView::~TaskView() = default;

std::string TaskView::comparison_title() const { return "prediction"; }
std::string TaskView::comparison(const Sample& row, const State& dataset_meta) const {
  return line(row, dataset_meta, Drawing{}.most);
}

void TaskView::begin_report(const State&) {}
void TaskView::add_to_report(const Batch&) {}
State TaskView::partial() const { return {}; }
void TaskView::absorb(const State&) {}
TestReport TaskView::report() const { return {}; }

Batch for_people(const Batch& batch) {
  Batch shown = batch;
  shown.erase(keys::inputs);
  return shown.to(at::kCPU);
}

std::string class_name_of_label(const State& dataset_meta, int64_t label) {
  const State* classes = dataset_meta.find("classes");
  if (!classes || !classes->is_sequence() || label < 0 || label >= static_cast<int64_t>(classes->items().size()))
    return std::to_string(label);
  const State& name = classes->items()[static_cast<size_t>(label)];
  return name.is_string() ? name.string() : std::to_string(label);
}

}  // namespace millrace
