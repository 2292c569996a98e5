#include <cstdio>

#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/component_text.h"
#include "millrace/cli/engine.h"
#include "millrace/log/terminal.h"
#include "millrace/registry/registry.h"

namespace millrace {

int list_command(const Invocation& invocation) {
  std::optional<std::string> type;
  bool as_json = false;
  Arguments arguments(invocation.name(), "list", "Shows the components that configs can name, and their keys.");
  arguments.positional("TYPE", "a component or a kind  (default: the names of all)", type);
  arguments.flag("--json", "one object per line, with all keys of each component", as_json);
  arguments.example("list");
  arguments.example("list ParamScheduler");
  arguments.example("list SGD --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  engine();  // what it and the zoo register
  std::vector<const ComponentEntry*> entries = ComponentTable::instance().all();
  if (type) entries = entries_named(*type, entries);
  std::string text;
  if (as_json) {
    for (const ComponentEntry* entry : entries) text += component_json(*entry);
  } else if (!type || entries.front()->kind == *type) {
    text = component_names(entries, Terminal(stdout).width());
    for (const ComponentEntry* entry : entries)
      if (type && entry->name == *type) text += "\n" + component_page(*entry);  // ValLoop is a kind and a class of it
  } else {
    for (const ComponentEntry* entry : entries) text += (text.empty() ? "" : "\n") + component_page(*entry);
  }
  std::fputs(text.c_str(), stdout);
  return 0;
}

}  // namespace millrace
