#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/picture/report_section.h"

namespace millrace {

/// What a run left in its folder, read again. Files that are missing or damaged are skipped: a run may be under
/// way, or have been killed.
struct RunRecord {
  struct Picture {
    std::string name, png;  // of a file, and its content
  };
  using Facts = std::vector<std::pair<std::string, std::string>>;

  std::string name;          // see name_runs
  std::string folder, path;  // the run folder's name and path
  std::string scalars;       // vis_data/scalars.json, or what the summary names
  Facts summary;             // ("trained for", "0:01:27")
  std::optional<double> best;
  std::string best_metric;
  std::optional<bool> greater_is_better;  // of that metric; none where nobody says
  std::string resumed_from;
  bool is_finished = false;  // it has a summary
  bool is_test = false;      // not of a training: it has metrics, and neither curves nor a summary
  Facts environment;
  Value config;  // null without a config
  std::string config_text;
  Facts tested;                         // metrics of the newest test of the run
  std::vector<ReportSection> sections;  // of that test's report
  std::vector<Picture> pictures;        // at most 60, 12 MB in all
};

/// `path`: a run folder, or a work dir, of which the newest training is taken. Tests that were made in the same work
/// dir after the run, and before the next one, belong to it. Throws Error if there is no run.
RunRecord read_run(const std::string& path);

/// Whether there is a run for read_run; throws Error if nothing is there, not even a file.
bool has_run(const std::string& path);

/// Gives the runs names that tell them apart: those of their work dirs; else the last folders of their paths, as many
/// as it takes.
void name_runs(std::vector<RunRecord>& runs);

}  // namespace millrace
