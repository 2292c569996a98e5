#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/picture/report_section.h"

namespace millrace {

/// The files of a run folder, read again. Missing or damaged files are skipped: a run may still go on, or have been
/// killed.
struct RunRecord {
  struct Picture {
    std::string name, png;  // of a file, and its content
  };
  using Facts = std::vector<std::pair<std::string, std::string>>;

  std::string name;          // by name_runs
  std::string folder, path;  // the run folder's name and path
  std::string scalars;       // content of vis_data/scalars.json, or of the file that the summary names
  Facts summary;             // ("trained for", "0:01:27")
  std::optional<double> best;
  std::string best_metric;
  std::optional<bool> greater_is_better;  // for that metric; absent if unknown
  std::string resumed_from;
  bool is_finished = false;  // it has a summary
  bool is_test = false;      // a test without training: it has metrics, but no curves and no summary
  Facts environment;
  Value config;  // null without a config
  std::string config_text;
  Facts tested;                         // metrics of the newest test of the run
  std::vector<ReportSection> sections;  // of that test's report
  std::vector<Picture> pictures;        // at most 60, 12 MB in all
};

/// `path` is a run folder, or a work dir, of which it takes the newest training. Tests in the same work dir after the
/// run and before the next one belong to the run. Throws Error if there is no run.
RunRecord read_run(const std::string& path);

/// Whether read_run would find a run; throws Error if the path does not exist.
bool has_run(const std::string& path);

/// Gives the runs different names: those of their work dirs, else as many of the last folders of their paths as needed.
void name_runs(std::vector<RunRecord>& runs);

}  // namespace millrace
