#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/cli/invocation.h"

namespace millrace {

/// A word of the command line that calls a function. It gets what follows the word, returns the exit code, and
/// throws what main() prints.
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

  /// What `--help` prints.
  std::string overview(const std::string& program) const;
  /// Runs the command that the first word names. `--help`, `-h` and `help` give the overview, `help COMMAND` the help
  /// of that command; without a word the overview goes to stderr and the exit code is 2. Throws Error with the nearest
  /// name for a word that is no command.
  int run(const Invocation& invocation) const;
};

}  // namespace millrace
