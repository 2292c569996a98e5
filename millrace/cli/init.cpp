#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "millrace/base/shell_word.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/project/project.h"

namespace millrace {
namespace {

Arguments init_arguments(const std::string& program, ProjectRequest& request) {
  Arguments arguments(program, "init", "Writes a small project that trains at once.");
  arguments.positional("DIR", "a new folder for the project", request.folder);
  arguments.option("--data", "FOLDER",
                   "classify your own images: a folder for each class  (default: points that the project makes)",
                   request.data);
  arguments.flag("--cmake", "your own model, dataset and command in C++", request.cmake);
  arguments.example("init spirals && cd spirals && millrace train config.py");
  arguments.example("init shop --data photos");
  arguments.example("init game --cmake");
  return arguments;
}

}  // namespace

int init_command(const Invocation& invocation) {
  ProjectRequest request;
  Arguments arguments = init_arguments(invocation.name(), request);
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  const Project project = write_project(request);
  std::string text = fmt::format("{}: {}\n", request.folder, fmt::join(project.files, ", "));
  for (const std::string& fact : project.facts) text += fact + "\n";
  text += fmt::format("\nnext:\n  cd {}\n", shell_word(request.folder));
  for (const std::string& command : project.commands) text += "  " + command + "\n";
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace millrace
