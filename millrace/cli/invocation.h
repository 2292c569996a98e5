#pragma once

#include <string>
#include <vector>

namespace millrace {

/// What the shell gave to one subcommand.
struct Invocation {
  std::string program;            // as it was typed: "build/bin/millrace"
  std::vector<std::string> args;  // behind the subcommand's name

  /// "millrace": what help texts call the program.
  std::string name() const { return program.substr(program.rfind('/') + 1); }
};

}  // namespace millrace
