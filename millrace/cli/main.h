#pragma once

namespace millrace {

/// The command. A program of your own that links your components is a command, too:
///
///     int main(int argc, char** argv) { return millrace::main(argc, argv); }
///
///     $ ./my_project train config.py
///
/// `train`, `test` and `predict` give the process the settings in docs/commands.md, "Memory and threads". In a program that
/// links the engine, this starts the program again with GOMP_SPINCOUNT in its environment, unless that is set: so call it
/// first.
///
/// Returns the exit code: 0; 1 a failure; 2 wrong usage, config, data or checkpoint; 130 and 143 stopped by a signal,
/// with the state saved. Results go to stdout; log, progress and errors to stderr.
int main(int argc, char** argv);

}  // namespace millrace
