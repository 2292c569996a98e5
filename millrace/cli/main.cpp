#include "millrace/cli/main.h"

#include <cxxabi.h>
#include <poll.h>
#include <signal.h>

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
#include "millrace/base/failure.h"
#include "millrace/cli/command_group.h"
#include "millrace/cli/commands.h"
#include "millrace/io/disk_failure.h"

namespace millrace {
namespace {

enum ExitCode { kDone = 0, kFailed = 1, kMended = 2 };

constexpr Command kCommands[] = {
    {"train", "trains the model that a config describes", &train_command},
    {"lr-find", "suggests a learning rate for a config", &lr_find_command},
    {"test", "evaluates a checkpoint on a config's test data", &test_command},
    {"eval", "computes metrics of stored predictions", &eval_command},
    {"predict", "runs a trained network on images", &predict_command},
    {"config", "prints, compares, checks and rewrites configs", &config_command},
    {"data", "reads all data of a config and names what can't be read", &data_command},
    {"ckpt", "takes checkpoints apart", &ckpt_command},
    {"init", "writes a small project that trains at once", &init_command},
    {"summary", "shows the layers of a model, their shapes and costs", &summary_command},
    {"lr", "shows lr and momentum of a config during each iteration", &lr_command},
    {"report", "shows runs side by side on one page", &report_command},
    {"list", "shows the components that configs can name, and their keys", &list_command},
    {"env", "shows versions, devices and the instruction set", &env_command},
};

int dispatch(const Invocation& invocation) {
  const CommandGroup program{
      "",
      "Trains PyTorch networks where Python does not go.",
      kCommands,
      {"train configs/fashion_mnist/lenet.py", "test configs/fashion_mnist/lenet.py work_dirs/lenet/epoch_8.pth",
       "config print configs/fashion_mnist/lenet.py", "list SGD"},
      {{"--version", "the version"}}};
  if (!invocation.args.empty() && invocation.args.front() == "--version") {
    std::puts("millrace " MILLRACE_VERSION);
    return kDone;
  }
  return program.run(invocation);
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
  return dynamic_cast<const io::DiskFailure*>(&error) || dynamic_cast<const Failure*>(&error) ? kFailed : kMended;
}

int report_failure(const std::exception& error, bool debug) {
  const std::string text = debug ? error.what() : without_trace(error.what());
  std::fprintf(stderr, "millrace: %s\n", text.c_str());
  if (debug) print_causes(error);
  else std::fputs("  help: --debug shows more of where it came from\n", stderr);
  return kFailed;
}

/// Whether the program that read our results has gone: `millrace config print x.py | head`.
bool reader_is_gone() {
  pollfd results{fileno(stdout), POLLOUT, 0};
  return poll(&results, 1, 0) == 1 && (results.revents & POLLERR) != 0;
}

int flush_results(int code) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout)) return code;
  if (reader_is_gone()) return 128 + SIGPIPE;  // as where the signal is not ignored
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
