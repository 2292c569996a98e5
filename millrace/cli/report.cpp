#include <cstdio>
#include <optional>

#include "millrace/base/error.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/report/report_page.h"

namespace millrace {
namespace {

constexpr const char* kDefaultFile = "report.html";

}  // namespace

int report_command(const Invocation& invocation) {
  std::vector<std::string> paths;
  std::optional<std::string> output;
  Arguments arguments(invocation.name(), "report",
                      "Shows a run, or several side by side, on one page (HTML) that needs no other file.");
  arguments.option("-o, --output", "FILE",
                   std::string("the page; a report that is there is replaced  (default: ") + kDefaultFile + ")",
                   output);
  arguments.positional("RUN", "a run folder, or a work dir: its newest training", paths);
  arguments.example("report work_dirs/lenet -o lenet.html");
  arguments.example("report work_dirs/lenet/20260101_120000 work_dirs/lenet/20260102_120000");
  arguments.example("report work_dirs/*");
  if (arguments.parse(invocation.args) == Arguments::Parsed::help) {
    std::fputs(arguments.help().c_str(), stdout);
    return 0;
  }
  std::vector<RunRecord> runs;
  for (const std::string& path : paths) runs.push_back(read_run(path));
  name_runs(runs);
  const std::string file = output.value_or(kDefaultFile);
  if (io::file_exists(file) && !is_report_page(io::read_file(file)))
    throw Error(Place(file), "this file is there, and is no report").help("-o ANOTHER.html");
  io::write_atomically(file, report_page(runs));
  std::printf("%s\n", file.c_str());
  return 0;
}

}  // namespace millrace
