#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/picture/report_section.h"
#include "millrace/picture/rgb_image.h"
#include "millrace/registry/registry.h"
#include "millrace/structures/sample.h"
#include "millrace/tensor/state.h"

namespace millrace {

class Batch;

/// The report of a test, for people.
struct TestReport {
  struct File {
    std::string name, content;  // in the run folder
    std::string title;          // its title at the end of the test; "": not listed there
  };
  std::string text;                     // lines for a terminal; may be ""
  std::vector<ReportSection> sections;  // for the page of `millrace report`
  std::vector<File> files;
};

/// Shows the predictions of one task to people: as text, as JSON, on a picture, in the report of a test. `predict`,
/// `test --show`, VisualizationHook and the report page use it. Apart from models and metrics, nothing else knows what
/// the predictions of a task mean.
///
///     class SpotDetector : public BaseModel {
///       Component<TaskView> task_view() const override { return view_; }  // or use<SpotView>()
///       std::shared_ptr<TaskView> view_ = spot_view();
///     };
///
/// A model names its view (Model::task_view); the key `task_view` of a config takes precedence over it.
///
/// A row is the result of Batch::row, its tensors on the CPU, with the columns of the data and the model. In `predict`
/// it has no ground truth. A view shows the columns that the row has and leaves out the others. `dataset_meta` comes
/// from the dataset or a checkpoint: {"classes": […], …}, perhaps empty.
class TaskView {
 public:
  static constexpr const char* kKind = "TaskView";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<TaskView>;

  /// What to draw, if the row has it, and how.
  struct Drawing {
    int64_t longer_edge = 224;  // approximate size of the drawn image, in pixels
    int64_t most = 1;           // number of answers, the best first
    bool truth = true, prediction = true, score = true;
    bool is_file = false;  // the picture is the file of the row; else its `img`, which transforms have changed
  };

  virtual ~TaskView();

  /// The prediction of a row on one line, for `predict`: "hat 93.2%, shoe 4.1%". `most` is the largest number of
  /// answers (classes or instances).
  virtual std::string line(const Sample& row, const State& dataset_meta, int64_t most) const = 0;
  /// The same as a dict of numbers, texts, lists and dicts, for `predict --json`.
  virtual Value object(const Sample& row, const State& dataset_meta, int64_t most) const = 0;
  /// The picture with truth and prediction on it or below it.
  virtual RgbImage draw(const RgbImage& picture, const Sample& row, const State& dataset_meta,
                        const Drawing& drawing) const = 0;

  /// Ground truth and prediction of a row on one line, for `test --show`, and the heading of these lines. "" if the row
  /// lacks one of them. Unless overridden, only the prediction.
  virtual std::string comparison_title() const;
  virtual std::string comparison(const Sample& row, const State& dataset_meta) const;

  /// Begins the report of a test: drops all added rows.
  virtual void begin_report(const State& dataset_meta);
  /// Adds the rows of a batch to the report. It does not see rows that a sampler added to fill up. Like a metric, it
  /// keeps sums on the device if possible.
  virtual void add_to_report(const Batch& batch);
  /// The state of this rank for the others, and adding the state of another rank, as in Metric. Unless overridden, None
  /// and nothing.
  virtual State partial() const;
  virtual void absorb(const State& partial);
  /// The report on all added rows; empty without rows.
  virtual TestReport report() const;
};

/// The batch for a view: on the CPU, without the network's `inputs`.
Batch for_people(const Batch& batch);

/// The name of a class, "Shirt", from the `classes` of a dataset's meta; the number if it has no name for this label.
std::string class_name_of_label(const State& dataset_meta, int64_t label);

}  // namespace millrace
