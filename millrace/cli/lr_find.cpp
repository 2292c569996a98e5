#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "millrace/base/cpu_count.h"
#include "millrace/base/shell_word.h"
#include "millrace/base/text.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"
#include "millrace/cli/run_session.h"

namespace millrace {
namespace {

std::optional<double> number_of(const char* option, const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc() || end != text->data() + text->size() || !std::isfinite(number))
    throw Error(fmt::format("{} needs a number, got '{}'", option, *text));
  return number;
}

std::string json_line(const LrFindOutcome& found) {
  const nlohmann::ordered_json line = {
      {"lr", found.lr},
      {"loss", found.loss},
      {"smoothed", found.smoothed},
      {"suggestion", found.suggestion ? nlohmann::ordered_json(*found.suggestion) : nlohmann::ordered_json()},
      {"diverged", found.has_diverged}};
  return line.dump() + "\n";
}

std::string table(const LrFindOutcome& found, const LrFindRequest& request, const std::string& program) {
  std::string text = "  lr         loss      smoothed\n";
  for (size_t i = 0; i < found.loss.size(); ++i)
    text += fmt::format("  {:.3e}  {:<8.4f}  {:.4f}\n", found.lr[i], found.loss[i], found.smoothed[i]);
  if (found.has_diverged) text += "ended: the loss grows without end\n";
  if (!found.suggestion) return text + "suggestion  none: the loss falls nowhere; try --steps 200 or a higher --end\n";
  const std::string lr = fmt::format("{:.3g}", *found.suggestion);
  return text + "suggestion  " + lr + "\n  train     " + program + " train " + shell_word(request.config) +
         " optim_wrapper.optimizer.lr=" + lr + "\n";
}

}  // namespace

int lr_find_command(const Invocation& invocation) {
  LrFindRequest request;
  std::optional<std::string> start, end;
  bool as_json = false;
  Arguments arguments(invocation.name(), "lr-find",
                      "Trains a few steps with a growing learning rate, and suggests one. Nothing is kept.");
  arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.option("--start", "LR", "the first learning rate  (default: 1e-7)", start);
  arguments.option("--end", "LR", "the last one  (default: 1)", end);
  arguments.option("--steps", "N", "iterations  (default: 100)", request.steps, 2);
  arguments.option("--load-from", "PATH", "start with the weights of a checkpoint  (default: the config's load_from)",
                   request.load_from);
  arguments.option("--seed", "N", "seed of weights, order and augmentation  (default: the config's, else drawn)",
                   request.seed, 0);
  arguments.option("--device", "DEVICE", "cpu, cuda or cuda:N  (default: the config's, else cpu)", request.device);
  arguments.option("--threads", "N",
                   "threads of each operator  (default: the config's, else OMP_NUM_THREADS, else all cores)",
                   request.threads, 1, kMostThreads);
  arguments.flag("--json", "one object: lr, loss, smoothed, suggestion, diverged", as_json);
  arguments.example("lr-find configs/fashion_mnist/lenet.py");
  arguments.example("lr-find configs/fashion_mnist/lenet.py --start 1e-5 --end 10 --steps 200 --json");
  arguments.example("lr-find configs/fashion_mnist/lenet.py train_dataloader.batch_size=256");
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  request.start = number_of("--start", start);
  request.end = number_of("--end", end);
  LrFindOutcome found;
  {
    RunSession session;
    request.terminal = session.terminal();
    request.console = !as_json;
    found = engine().lr_find(request, session.control());
  }
  std::fputs((as_json ? json_line(found) : table(found, request, invocation.name())).c_str(), stdout);
  return 0;
}

}  // namespace millrace
