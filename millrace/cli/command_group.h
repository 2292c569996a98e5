#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/cli/invocation.h"

namespace millrace {

/// A word of the command line that calls a function. The function gets the words after it, returns the exit code, and
/// throws errors, which main() prints.
struct Command {
  std::string_view name;
  std::string_view summary;  // a line of the overview
  int (*run)(const Invocation& invocation);
};

/// Commands of one overview: those of the program, or those of `millrace config`.
struct CommandGroup {
  std::string_view name;     // "config"; "" for the program's own
  std::string_view summary;  // the overview's first line
  std::span<const Command> commands;
  std::vector<std::string_view> examples;                                // without the program's name
  std::vector<std::pair<std::string_view, std::string_view>> options{};  // beside --help

  /// The text of `--help`.
  std::string overview(const std::string& program) const;
  /// Runs the command that the first word names. `--help`, `-h` and `help` print the overview, `help COMMAND` the help
  /// of that command. Without a word the overview goes to stderr and the exit code is 2. For an unknown command it
  /// throws Error with the nearest name.
  int run(const Invocation& invocation) const;
};

}  // namespace millrace
