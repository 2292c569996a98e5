#pragma once

#include <string>
#include <vector>

#include "millrace/eval/metric.h"
#include "millrace/eval/writes_file.h"

namespace millrace {

/// Stores what the metrics see of each sample, the predictions and the truth, in a file that `millrace eval` evaluates
/// later without the network. Images are not stored.
///
///     test_evaluator = [dict(type='Accuracy'), dict(type='DumpResults', out_file_path='results.pkl')]
///
/// Reads   every column of the batch but `inputs` and `img`
/// Gives   no figure
/// Writes  at the end of each pass, once for all ranks, rows in the order of the data set: a .pkl as MMEngine writes it,
///         or a .pth, which also has the facts on the data set (see results_file.h)
/// Keeps   all rows, on the CPU
class DumpResults final : public Metric, public WritesFile {
 public:
  struct Options {
    Required<std::string> out_file_path;
    MetricOptions common{};

    template <class Fields>
    static void describe(Fields& f) {
      f("out_file_path", &Options::out_file_path, "the file: .pkl or .pickle for Python, .pth for Millrace alone");
      f.flatten(&Options::common);
    }
  };
  static void check(const Options& options, Complaints& complaints);
  static Facts facts_of(const Options&) { return {std::vector<Figure>{}, {}}; }
  explicit DumpResults(Options options);
  void set_dataset_meta(const DatasetMeta& meta) override { meta_ = meta; }
  void process(const Batch& batch) override;
  State partial() const override { return State::list(batches_); }
  void absorb(const State& partial) override;
  /// Writes the file.
  MetricMap compute() override;
  void reset() override { batches_.clear(); }
  const std::string& path() const override { return *options_.out_file_path; }

 private:
  Options options_;
  DatasetMeta meta_;
  State::List batches_;  // see state_of_batch
};

}  // namespace millrace
