#include "millrace/tensor/environment.h"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>

#include "millrace/base/cpu_count.h"
#include "millrace/cli/engine.h"
#include "millrace/tensor/json.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

std::string processor_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::string memory_text() {
  const double bytes = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGE_SIZE));
  return fmt::format("{:.1f} GiB", bytes / (1 << 30));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> environment_facts() {
  utsname system{};
  uname(&system);
  const char* spin = std::getenv("GOMP_SPINCOUNT");
  return {{"millrace", MILLRACE_VERSION},
          {"libtorch", torch_version()},
          {"compiler", __VERSION__},
          {"platform", fmt::format("{} {} {}", system.sysname, system.release, system.machine)},
          {"host", system.nodename},
          {"processor", processor_name()},
          {"processors usable", std::to_string(usable_cpus())},
          {"memory", memory_text()},
          {"instruction set", instruction_set()},
          {"threads of an operator", std::to_string(operator_threads())},
          {"GOMP_SPINCOUNT", spin ? spin : "not set"}};
}

namespace {

[[maybe_unused]] const bool environment_is_installed = [] {
  install_engine({.environment = environment_facts});
  return true;
}();

}  // namespace

std::string environment_json() {
  State facts = State::dict();
  for (const auto& [name, value] : environment_facts()) facts[name] = value;
  return to_json(facts) + "\n";
}

}  // namespace millrace
