#include <cstdio>

#include "millrace/base/error.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/config_commands.h"
#include "millrace/cli/config_request.h"
#include "millrace/cli/config_text.h"
#include "millrace/config/diff.h"

namespace millrace {
namespace {

constexpr int kSame = 0, kDifferent = 1;  // as diff(1) has them

}  // namespace

int config_diff_command(const Invocation& invocation) {
  ConfigRequest request;
  std::string before;
  std::optional<std::string> after;
  bool as_json = false;
  Arguments arguments(invocation.name(), "config diff",
                      "Shows where the trees of two configs differ, or what overrides change in one.\n"
                      "Exits 0 if they are equal, 1 if they differ.");
  arguments.positional("FILE", "a config: .py, .yaml or .json", before);
  arguments.positional("OTHER", "another one  (default: FILE with the overrides)", after);
  request.declare_reading(arguments);
  arguments.flag("--json", "one object per difference", as_json);
  arguments.example("config diff configs/fashion_mnist/lenet.py work_dirs/lenet/20260101_120000/config.py");
  arguments.example("config diff configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr=0.01");
  arguments.example("config diff configs/fashion_mnist/lenet.py other.yaml --json");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  if (!after && request.overrides.empty())
    throw Error("config diff needs a second config, or overrides").help(invocation.name() + " config diff --help");
  const Config first = after ? request.read(before) : request.read_plain(before);
  const Config second = after ? request.read(*after) : request.changed(first);
  const std::vector<Difference> differences = diff(first.tree, second.tree);
  if (differences.empty()) return kSame;
  std::string text;
  if (as_json) text = diff_json(differences);
  else text = "--- " + before + "\n+++ " + after.value_or(before + " with overrides") + "\n" + diff_text(differences);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return kDifferent;
}

}  // namespace millrace
