#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

/// A program that a test runs: `build/bin/millrace` unless it names another one.
struct CommandLine {
  std::vector<std::string> args;
  std::string program = MILLRACE_BINARY_DIR "/bin/millrace";
  std::vector<std::pair<std::string, std::string>> environment = {};  // set beside what the test runs under
  std::string folder = {};                                            // where it runs; "" for the test's own
};

struct CommandResult {
  int exit_code = 0;  // 128 + the signal's number where one ended it
  std::string out, err;
};

/// A program that is running. It is killed, if need be, when the object goes.
class RunningCommand {
 public:
  explicit RunningCommand(const CommandLine& line);
  ~RunningCommand();
  RunningCommand(const RunningCommand&) = delete;
  RunningCommand& operator=(const RunningCommand&) = delete;

  /// Reads what the program prints until its stderr holds the text; false if it ended without it.
  bool wait_for(const std::string& text);
  /// The same for any condition on what was printed up to now.
  bool wait_until(const std::function<bool(const CommandResult& printed)>& holds);
  void send(int signal);
  /// To its end.
  CommandResult finish();

 private:
  bool read_some();

  int pid_ = -1, out_ = -1, err_ = -1;
  CommandResult result_;
};

CommandResult run(const CommandLine& line);
/// `build/bin/millrace` with these words, split at blanks.
CommandResult run_millrace(const std::string& words);

/// An empty folder that is gone with the object.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file into it, with the folders above, and gives its path.
  std::string write(const std::string& name, const std::string& content) const;

 private:
  std::string path_;
};

}  // namespace millrace
