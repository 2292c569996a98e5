#pragma once

#include <string>
#include <vector>

namespace millrace {

/// The command line of one subcommand.
struct Invocation {
  std::string program;            // as typed: "build/bin/millrace"
  std::vector<std::string> args;  // after the subcommand's name

  /// "millrace": the name of the program in help texts.
  std::string name() const { return program.substr(program.rfind('/') + 1); }
};

}  // namespace millrace
