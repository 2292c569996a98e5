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

/// The text as one word of a shell: quoted where it has to be.
std::string shell_word(const std::string& text);

}  // namespace millrace
