#include "millrace/cli/main.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/base/text.h"
#include "millrace/cli/commands.h"
#include "millrace/log/table.h"

namespace millrace {
namespace {

enum ExitCode { kDone = 0, kFailed = 1, kMended = 2 };

struct Command {
  const char* name;
  const char* summary;
  int (*run)(const Invocation& invocation);
};

constexpr Command kCommands[] = {
    {"train", "trains the model that a config describes", &train_command},
    {"test", "evaluates a checkpoint on a config's test data", &test_command},
    {"list", "shows the components that configs can name, and their keys", &list_command},
    {"env", "shows versions, devices and the instruction set", &env_command},
};

std::string overview(const std::string& program) {
  Table commands({{""}, {""}});
  for (const Command& command : kCommands) commands.add({command.name, command.summary});
  Table options({{""}, {""}});
  options.add({"--version", "the version"});
  options.add({"-h, --help", "this text; behind a command, all about it"});
  return "Trains PyTorch networks where Python does not go.\n\nusage: " + program +
         " COMMAND [arguments]\n\nexamples:\n  " + program + " train configs/fashion_mnist/lenet.py\n  " + program +
         " test configs/fashion_mnist/lenet.py work_dirs/lenet/epoch_8.pth\n  " + program + " list SGD\n\ncommands:\n" +
         commands.str(2) + "\noptions:\n" + options.str(2);
}

int dispatch(const Invocation& invocation) {
  const std::string program = invocation.name();
  if (invocation.args.empty()) {
    std::fputs(overview(program).c_str(), stderr);
    return kMended;
  }
  const std::string& word = invocation.args.front();
  Invocation rest{invocation.program, {invocation.args.begin() + 1, invocation.args.end()}};
  if (word == "--version") {
    std::puts(("millrace " MILLRACE_VERSION));
    return kDone;
  }
  if (word == "--help" || word == "-h" || word == "help") {
    if (word != "help" || rest.args.empty()) {
      std::fputs(overview(program).c_str(), stdout);
      return kDone;
    }
    const std::string topic = rest.args.front();
    return dispatch({invocation.program, {topic, "--help"}});
  }
  std::vector<std::string> names;
  for (const Command& command : kCommands) {
    if (word == command.name) return command.run(rest);
    names.emplace_back(command.name);
  }
  if (word.starts_with("-"))
    throw Error("no option '" + word + "'" + did_you_mean(word, std::vector<std::string>{"--version", "--help"}))
        .help(program + " --help");
  Error error("no command '" + word + "'" + did_you_mean(word, names));
  error.note("commands: " + join(names));
  throw error;
}

std::string type_of(const std::exception& error) {
  int failure = 0;
  char* name = abi::__cxa_demangle(typeid(error).name(), nullptr, nullptr, &failure);
  std::string text = name ? name : typeid(error).name();
  std::free(name);
  return text;
}

void print_causes(const std::exception& error) {
  std::fprintf(stderr, "  thrown as %s\n", type_of(error).c_str());
  try {
    std::rethrow_if_nested(error);
  } catch (const std::exception& cause) {
    std::fprintf(stderr, "  because of: %s\n", cause.what());
    print_causes(cause);
  } catch (...) {
  }
}

/// libtorch puts the addresses of its own functions behind what went wrong.
std::string without_trace(std::string text) {
  for (const char* mark : {"\nException raised from", "\nC++ CapturedTraceback:"})
    if (const size_t at = text.find(mark); at != std::string::npos) text.resize(at);
  return text;
}

int report_mistake(const Error& error, bool debug) {
  // A text that begins with a place of its own says whose fault it is; the others get our name.
  const bool has_place = error.place().known() || error.summary().find('\n') != std::string::npos;
  std::fprintf(stderr, "%s%s\n", has_place ? "" : "millrace: ", error.what());
  if (debug) print_causes(error);
  return kMended;
}

int report_failure(const std::exception& error, bool debug) {
  const std::string text = debug ? error.what() : without_trace(error.what());
  std::fprintf(stderr, "millrace: %s\n", text.c_str());
  if (debug) print_causes(error);
  else std::fputs("  help: --debug shows more of where it came from\n", stderr);
  return kFailed;
}

int flush_results(int code) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
  std::perror("millrace: the results can't be written");
  return code == kDone ? kFailed : code;
}

}  // namespace

int main(int argc, char** argv) {
  Invocation invocation{argc > 0 ? argv[0] : "millrace", {}};
  for (int i = 1; i < argc; ++i) invocation.args.emplace_back(argv[i]);
  const auto end_of_options = std::find(invocation.args.begin(), invocation.args.end(), "--");
  const bool debug = std::find(invocation.args.begin(), end_of_options, "--debug") != end_of_options;
  try {
    return flush_results(dispatch(invocation));
  } catch (const Error& error) {
    std::fflush(stdout);
    return report_mistake(error, debug);
  } catch (const std::bad_alloc&) {
    std::fputs("millrace: out of memory\n", stderr);
  } catch (const std::exception& error) {
    std::fflush(stdout);
    return report_failure(error, debug);
  } catch (...) {
    std::fputs("millrace: an unknown failure\n", stderr);
  }
  return kFailed;
}

}  // namespace millrace
