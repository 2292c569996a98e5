#include <cstdio>
#include <filesystem>
#include <optional>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/io/file_system.h"
#include "millrace/report/report_page.h"

namespace millrace {
namespace {

constexpr const char* kDefaultFile = "report.html";

/// "a, b, c and 4 more".
std::string some_of(std::vector<std::string> paths) {
  constexpr size_t kShown = 3;
  const size_t more = paths.size() > kShown ? paths.size() - kShown : 0;
  paths.resize(paths.size() - more);
  return join(paths) + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

/// With several arguments, those without a run are skipped: `work_dirs/*` names checkpoints and runs that failed at
/// once.
std::vector<RunRecord> read_runs(const std::vector<std::string>& paths) {
  std::vector<RunRecord> runs;
  std::vector<std::string> passed;
  for (const std::string& path : paths) {
    if (paths.size() == 1 || has_run(path)) runs.push_back(read_run(path));
    else passed.push_back(path);
  }
  if (runs.empty())
    throw Error("no run was made in " + some_of(passed))
        .note("give a run folder, such as work_dirs/lenet/20260101_120000, or a work dir");
  if (!passed.empty()) std::fprintf(stderr, "skipped, no run was made there: %s\n", some_of(passed).c_str());
  name_runs(runs);
  return runs;
}

/// Throws Error if the page would replace what is no report.
void check_place(const std::string& file) {
  const io::FileSystem::Kind kind = io::disk().kind(file);
  if (kind == io::FileSystem::Kind::folder)
    throw Error(Place(file), "is a folder, not a file")
        .help("-o " + (std::filesystem::path(file) / kDefaultFile).lexically_normal().string());
  if (kind == io::FileSystem::Kind::file && !is_report_page(io::read_file(file)))
    throw Error(Place(file), "this file exists, and is not a report").help("-o ANOTHER.html");
}

}  // namespace

int report_command(const Invocation& invocation) {
  std::vector<std::string> paths;
  std::optional<std::string> output;
  Arguments arguments(invocation.name(), "report",
                      "Shows a run, or several side by side, on one page (HTML) that needs no other file.");
  arguments.option("-o, --output", "FILE",
                   std::string("the page; an existing report is replaced  (default: ") + kDefaultFile + ")", output);
  arguments.positional(
      "RUN", "a run folder, or a work dir for its newest training; with several, paths without a run are skipped",
      paths);
  arguments.example("report work_dirs/lenet -o lenet.html");
  arguments.example("report work_dirs/lenet/20260101_120000 work_dirs/lenet/20260102_120000");
  arguments.example("report work_dirs/*");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  const std::vector<RunRecord> runs = read_runs(paths);
  const std::string file = output.value_or(kDefaultFile);
  check_place(file);
  io::write_atomically(file, report_page(runs));
  // Who reads a stream wants the page alone.
  if (io::disk().kind(file) == io::FileSystem::Kind::file) std::printf("%s\n", file.c_str());
  return 0;
}

}  // namespace millrace
