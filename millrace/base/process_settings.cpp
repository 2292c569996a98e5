#include "millrace/base/process_settings.h"

#include <dlfcn.h>
#include <malloc.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace millrace {
namespace {

/// What the program was called with, its name first.
std::vector<std::string> own_arguments() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  return arguments;
}

}  // namespace

void keep_freed_memory() {
  // Both or none: the second alone freezes the first at 128 KiB, which doubles the time of a small step.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
}

void set_spin_count() { setenv(kSpinCount, "10000", /*overwrite=*/0); }

bool has_own_spin_count() { return !std::getenv(kSpinCount) && dlsym(RTLD_DEFAULT, "GOMP_parallel") != nullptr; }

void restart_with_spin_count() {
  if (!has_own_spin_count()) return;
  std::error_code failure;
  const std::string program = std::filesystem::read_symlink("/proc/self/exe", failure).string();
  std::vector<std::string> arguments = own_arguments();
  if (failure || arguments.empty()) return;
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  pointers.push_back(nullptr);
  std::fflush(nullptr);
  set_spin_count();
  execv(program.c_str(), pointers.data());
  unsetenv(kSpinCount);
}

}  // namespace millrace
