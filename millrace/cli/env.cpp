#include <sys/utsname.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "millrace/base/cpu_count.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"
#include "millrace/log/table.h"

namespace millrace {
namespace {

EnvironmentFacts core_facts() {
  EnvironmentFacts facts = {{"millrace", MILLRACE_VERSION}};
#ifdef __clang__
  facts.emplace_back("compiler", "clang " __clang_version__);
#else
  facts.emplace_back("compiler", "gcc " __VERSION__);
#endif
  if (utsname system{}; uname(&system) == 0)
    facts.emplace_back("platform", std::string(system.sysname) + " " + system.release + " " + system.machine);
  facts.emplace_back("processors usable", std::to_string(usable_cpus()));
  return facts;
}

void add_missing(EnvironmentFacts& facts, const EnvironmentFacts& more) {
  for (const auto& fact : more) {
    bool known = false;
    for (const auto& [name, value] : facts) known = known || name == fact.first;
    if (!known) facts.push_back(fact);
  }
}

void print_facts(const EnvironmentFacts& facts, bool as_json) {
  if (as_json) {
    nlohmann::ordered_json object = nlohmann::ordered_json::object();
    for (const auto& [name, value] : facts) object[name] = value;
    std::puts(object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    return;
  }
  Table table({{""}, {""}});
  for (const auto& [name, value] : facts) table.add({name, value});
  std::fputs(table.str().c_str(), stdout);
}

}  // namespace

int env_command(const Invocation& invocation) {
  bool as_json = false;
  Arguments arguments(invocation.name(), "env", "Shows versions, devices and the instruction set.");
  arguments.flag("--json", "one object on one line", as_json);
  arguments.example("env");
  arguments.example("env --json");
  arguments.example("env --debug");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  EnvironmentFacts facts = core_facts();
  try {
    const EngineTable& table = engine();
    if (table.environment) add_missing(facts, table.environment());
  } catch (...) {
    print_facts(facts, as_json);  // where the engine can't be loaded, these are what one wants to see
    throw;
  }
  print_facts(facts, as_json);
  return 0;
}

}  // namespace millrace
