#include <cstdio>

#include "millrace/base/byte_count.h"
#include "millrace/base/cpu_count.h"
#include "millrace/base/process_settings.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/outcome_text.h"
#include "millrace/cli/run_session.h"

namespace millrace {
namespace {

void set_resume(TrainRequest& request, const std::string& value) {
  const bool is_path = !value.empty() && value != "auto";
  request.resume = is_path ? TrainRequest::Resume::path : TrainRequest::Resume::latest;
  request.resume_path = is_path ? value : "";
}

Arguments train_arguments(const std::string& program, TrainRequest& request, std::optional<std::string>& memory) {
  Arguments arguments(program, "train", "Trains the model that a config describes.");
  arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.option("--work-dir", "DIR", "folder of checkpoints and runs  (default: the config's, else work_dirs/NAME)",
                   request.work_dir);
  arguments.option_with_optional_value("--resume", "auto|PATH",
                                       "resume from the newest checkpoint there, or from PATH  (default: start anew)",
                                       [&request](const std::string& value) { set_resume(request, value); });
  arguments.flag("--overwrite", "begin anew in a work dir that has a run, and replace its files", request.overwrite);
  arguments.option("--load-from", "PATH", "start with the weights of a checkpoint  (default: the config's load_from)",
                   request.load_from);
  arguments.revise_keys(request.revise_keys);
  arguments.weights(request.weights);
  arguments.option("--seed", "N", "seed of weights, order and augmentation  (default: the config's, else drawn)",
                   request.seed, 0);
  arguments.option("--device", "DEVICE", "cpu, cuda or cuda:N  (default: the config's, else cpu)", request.device);
  arguments.choice("--precision", "precision of forward passes  (default: the config's, else fp32)",
                   {"fp32", "bf16", "fp16"}, request.precision);
  arguments.flag("--amp", "the same as --precision fp16; on a CPU bf16", [&request] { request.precision = "fp16"; });
  arguments.flag("--no-validate", "train without validation  (default: the config decides)", request.validate, false);
  arguments.option("--max-time", "H:MM:SS", "save the state after that time, and exit with 75  (default: no limit)",
                   [&request](const std::string& text) { request.preemption.set_max_time(text); });
  arguments.option("--preempt-on", "SIGNAL", "save at this signal (USR1, TERM, ...), and exit with 75  (default: none)",
                   [&request](const std::string& names) { request.preemption.set_signals(names); });
  arguments.flag("--dry-run", "two batches through every loop; nothing is kept", request.dry_run);
  arguments.option("--limit-batches", "N", "end each pass after N batches  (default: all)", request.limit_batches, 1,
                   kMostLimitBatches);
  arguments.option("--overfit", "N", "train and validate on the first N batches of the training data  (default: all)",
                   request.overfit, 1, kMostLimitBatches);
  arguments.flag("--auto-batch", "the largest batch size, a power of two, that --memory allows; on a CPU",
                 request.auto_batch);
  arguments.option("--memory", "SIZE", "of the process, for --auto-batch: 4G, 512M  (default: 80% of what is free)",
                   memory);
  arguments.option("--threads", "N",
                   "threads of each operator  (default: the config's, else OMP_NUM_THREADS, else all cores)",
                   request.threads, 1, kMostThreads);
  arguments.launcher(request.overrides);
  arguments.example("train configs/fashion_mnist/lenet.py");
  arguments.example("train configs/fashion_mnist/lenet.py optim_wrapper.optimizer.lr=0.01 --seed 1");
  arguments.example("train configs/fashion_mnist/lenet.py --resume");
  return arguments;
}

}  // namespace

int train_command(const Invocation& invocation) {
  TrainRequest request;
  std::optional<std::string> memory;
  Arguments arguments = train_arguments(invocation.name(), request, memory);
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  restart_with_spin_count();
  if (request.overwrite && request.resume == TrainRequest::Resume::latest)
    throw Error("--resume continues the run of the work dir, --overwrite begins anew: give one of them");
  if (memory && !request.auto_batch)
    throw Error("--memory is a limit for --auto-batch").help("--auto-batch --memory 4G");
  if (memory) request.memory_bytes = bytes_of(*memory);
  if (request.overfit && request.limit_batches)
    throw Error("--overfit N ends each pass after N batches: give it without --limit-batches");
  request.go_on = resume_line(request, invocation);
  RunOutcome outcome;
  {
    RunSession session(request.preemption);
    request.terminal = session.terminal();
    outcome = engine().train(request, session.control());
  }
  const bool is_stopped = !outcome.finished && outcome.stop_reason != 0;
  if (is_stopped) std::fputs(stop_text(outcome, request, invocation).c_str(), stderr);
  else std::fputs(train_results(outcome, request, invocation).c_str(), stdout);
  if (!outcome.failure.empty()) std::fprintf(stderr, "millrace: %s\n", outcome.failure.c_str());
  if (is_stopped) return stop_exit_code(outcome, request.preemption);
  return outcome.failure.empty() ? 0 : 1;
}

}  // namespace millrace
