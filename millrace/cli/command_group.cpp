#include "millrace/cli/command_group.h"

#include <cstdio>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/log/table.h"

namespace millrace {
namespace {

bool asks_for_help(const std::string& word) { return word == "--help" || word == "-h" || word == "help"; }

}  // namespace

std::string CommandGroup::overview(const std::string& program) const {
  const std::string called = name.empty() ? program : program + " " + std::string(name);
  std::string text = std::string(summary) + "\n\nusage: " + called + " COMMAND [arguments]\n\nexamples:\n";
  for (const std::string_view line : examples) text += "  " + program + " " + std::string(line) + "\n";
  Table listed({{""}, {""}});
  for (const Command& command : commands) listed.add({std::string(command.name), std::string(command.summary)});
  Table beside({{""}, {""}});
  for (const auto& [option, meaning] : options) beside.add({std::string(option), std::string(meaning)});
  beside.add({"-h, --help", "this text; after a command, the help of that command"});
  return text + "\ncommands:\n" + listed.str(2) + "\noptions:\n" + beside.str(2);
}

int CommandGroup::run(const Invocation& invocation) const {
  const std::string program = invocation.name();
  if (invocation.args.empty()) {
    std::fputs(overview(program).c_str(), stderr);
    return 2;
  }
  const std::string& word = invocation.args.front();
  Invocation rest{invocation.program, {invocation.args.begin() + 1, invocation.args.end()}};
  if (asks_for_help(word)) {
    if (word == "help" && !rest.args.empty()) {
      rest.args.emplace_back("--help");
      return run(rest);
    }
    std::fputs(overview(program).c_str(), stdout);
    return 0;
  }
  std::vector<std::string> names;
  for (const Command& command : commands) {
    if (word == command.name) return command.run(rest);
    names.emplace_back(command.name);
  }
  const std::string owner = name.empty() ? "" : std::string(name) + " has ";
  if (word.starts_with("-")) {
    std::vector<std::string> known = {"--help"};
    for (const auto& [option, meaning] : options) known.emplace_back(option);
    throw Error(owner + "no option '" + word + "'" + did_you_mean(word, known))
        .help(program + (name.empty() ? "" : " " + std::string(name)) + " --help");
  }
  throw Error(owner + "no command '" + word + "'" + did_you_mean(word, names)).note("commands: " + join(names));
}

}  // namespace millrace
