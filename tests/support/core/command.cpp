#include "tests/support/core/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "millrace/base/text.h"

namespace millrace {
namespace {

[[noreturn]] void become(const CommandLine& line, int out, int err) {
  dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  for (const auto& [name, value] : line.environment) setenv(name.c_str(), value.c_str(), 1);
  if (!line.folder.empty() && chdir(line.folder.c_str()) != 0) _exit(126);
  std::vector<char*> words;
  words.push_back(const_cast<char*>(line.program.c_str()));
  for (const std::string& word : line.args) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  execv(line.program.c_str(), words.data());
  _exit(127);
}

}  // namespace

RunningCommand::RunningCommand(const CommandLine& line) {
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no process");
  if (pid_ == 0) become(line, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
}

RunningCommand::~RunningCommand() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int pipe : {out_, err_})
    if (pipe >= 0) close(pipe);
}

bool RunningCommand::read_some() {
  pollfd pipes[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
  while (poll(pipes, 2, -1) < 0)
    if (errno != EINTR) throw std::runtime_error("poll failed");
  for (size_t i = 0; i < 2; ++i) {
    if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
    char bytes[4096];
    const ssize_t count = read(pipes[i].fd, bytes, sizeof bytes);
    if (count > 0) (i == 0 ? result_.out : result_.err).append(bytes, static_cast<size_t>(count));
    if (count == 0) {
      int& pipe = i == 0 ? out_ : err_;
      close(pipe);
      pipe = -1;
    }
  }
  return out_ >= 0 || err_ >= 0;
}

bool RunningCommand::wait_until(const std::function<bool(const CommandResult& printed)>& holds) {
  while (!holds(result_)) {
    if (out_ < 0 && err_ < 0) return false;
    read_some();
  }
  return true;
}

bool RunningCommand::wait_for(const std::string& text) {
  return wait_until([&](const CommandResult& printed) { return printed.err.find(text) != std::string::npos; });
}

void RunningCommand::send(int signal) { kill(pid_, signal); }

CommandResult RunningCommand::finish() {
  while (out_ >= 0 || err_ >= 0) read_some();
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return result_;
}

CommandResult run(const CommandLine& line) { return RunningCommand(line).finish(); }

CommandResult run_millrace(const std::string& words) {
  CommandLine line;
  for (const std::string& word : split(words, ' '))
    if (!word.empty()) line.args.push_back(word);
  return run(line);
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (std::filesystem::temp_directory_path() / "millrace_XXXXXX").string();
  if (!mkdtemp(pattern.data())) throw std::runtime_error("no scratch folder");
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code failure;
  std::filesystem::remove_all(path_, failure);
}

std::string ScratchFolder::write(const std::string& name, const std::string& content) const {
  const std::filesystem::path path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

}  // namespace millrace
