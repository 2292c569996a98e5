#pragma once

#include <functional>
#include <string>
#include <vector>

namespace millrace {

struct ProcessResult {
  int exit_code = -1;  // -1 if a signal ended it
  int signal = 0;
  std::string output;  // stdout
  std::string error;   // stderr
};

/// Runs a program to its end, without a terminal. `environment` is added to ours ("NAME=value"). `while_running` is
/// called with the process id and each line of stderr as it comes.
ProcessResult run_process(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {},
                          const std::function<void(int pid, const std::string& line)>& while_running = {});

}  // namespace millrace
