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

/// What a test found out, for people.
struct TestReport {
  struct File {
    std::string name, content;  // in the run folder
    std::string title;          // named so at the end of the test; "" for a file that is not named there
  };
  std::string text;                     // lines for a terminal; "" for none
  std::vector<ReportSection> sections;  // of the page that `millrace report` makes
  std::vector<File> files;
};

/// What people see of the predictions of one task: as text, as JSON, on a picture, as a test's report. All that is known
/// of a task's predictions outside of its models and metrics is known here; `predict`, `test --show`, VisualizationHook
/// and the report page ask it.
///
///     class SpotDetector : public BaseModel {
///       Component<TaskView> task_view() const override { return view_; }  // or use<SpotView>()
///       std::shared_ptr<TaskView> view_ = spot_view();
///     };
///
/// A model names its view (Model::task_view); the key `task_view` of a config takes precedence over it.
///
/// A row is what Batch::row gives, its tensors on the CPU, with the columns that data and model gave it; without its
/// truth in `predict`. A view shows what is there and leaves out the rest. `dataset_meta` is the dataset's, or what a
/// checkpoint noted of it: {"classes": […], …}, perhaps empty.
class TaskView {
 public:
  static constexpr const char* kKind = "TaskView";
  static constexpr ComponentTraits kTraits{.in_tasks = InTasks::often};
  using Registry = millrace::Registry<TaskView>;

  /// What is drawn, as far as the row has it, and how.
  struct Drawing {
    int64_t longer_edge = 224;  // of the drawn image, about, in pixels
    int64_t most = 1;           // answers that are named, the best first
    bool truth = true, prediction = true, score = true;
    bool is_file = false;  // the picture is that of the row's file; else of its `img`, which transforms have changed
  };

  virtual ~TaskView();

  /// The prediction of a row on one line, for `predict`: "hat 93.2%, shoe 4.1%". `most`: how many answers, classes or
  /// instances, are named.
  virtual std::string line(const Sample& row, const State& dataset_meta, int64_t most) const = 0;
  /// The same as a dict of numbers, texts, lists and dicts: an object of `predict --json`.
  virtual Value object(const Sample& row, const State& dataset_meta, int64_t most) const = 0;
  /// The picture with truth and prediction on it or below it.
  virtual RgbImage draw(const RgbImage& picture, const Sample& row, const State& dataset_meta,
                        const Drawing& drawing) const = 0;

  /// Truth and prediction of a row beside each other on one line, for `test --show`, and the line above all of them.
  /// "": the row lacks one of them. Unless overridden, the prediction alone.
  virtual std::string comparison_title() const;
  virtual std::string comparison(const Sample& row, const State& dataset_meta) const;

  /// Forgets what was added: a test begins.
  virtual void begin_report(const State& dataset_meta);
  /// Takes the rows of a batch into the report; never those that a sampler added to fill up. Keeps sums on the device,
  /// where it can, as metrics do.
  virtual void add_to_report(const Batch& batch);
  /// What this rank has added, for the others; adds what another rank has. None and nothing, unless overridden.
  virtual State partial() const;
  virtual void absorb(const State& partial);
  /// Of all that was added; empty if that is nothing.
  virtual TestReport report() const;
};

/// What a view is shown: the batch without the network's `inputs`, on the CPU.
Batch for_people(const Batch& batch);

/// "Shirt", by the `classes` of a dataset's meta; the number where it has no class of that label.
std::string class_name_of_label(const State& dataset_meta, int64_t label);

}  // namespace millrace
