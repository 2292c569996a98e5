#include <cstdio>

#include "millrace/base/cpu_count.h"
#include "millrace/base/process_settings.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/outcome_text.h"
#include "millrace/cli/run_session.h"

namespace millrace {
namespace {

Arguments test_arguments(const std::string& program, TestRequest& request, std::optional<int64_t>& show) {
  Arguments arguments(program, "test", "Evaluates a checkpoint on the test data of a config.");
  arguments.positional("CONFIG", "a config file: .py, .yaml or .json", request.config);
  arguments.positional("CHECKPOINT", "a checkpoint, or a file with only a state dict", request.checkpoint);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.option("--work-dir", "DIR",
                   "folder in which the run makes its folder  (default: the config's, else work_dirs/NAME)",
                   request.work_dir);
  arguments.revise_keys(request.revise_keys);
  arguments.weights(request.weights);
  arguments.option("--device", "DEVICE", "cpu, cuda or cuda:N  (default: the config's, else cpu)", request.device);
  arguments.option("--limit-batches", "N", "end each pass after N batches  (default: all)", request.limit_batches, 1,
                   kMostLimitBatches);
  arguments.option("--threads", "N",
                   "threads of each operator  (default: the config's, else OMP_NUM_THREADS, else all cores)",
                   request.threads, 1, kMostThreads);
  arguments.option("--show", "N", "print the first N samples with their predictions  (default: 0)", show, 0);
  arguments.flag(
      "--tta",
      "predict several views of each sample and merge them: those of tta_pipeline, by tta_model  (default: the "
      "image and its mirror image)",
      request.tta);
  arguments.launcher(request.overrides);
  arguments.example("test configs/fashion_mnist/lenet.py work_dirs/lenet/epoch_8.pth");
  arguments.example("test configs/fashion_mnist/lenet.py work_dirs/lenet/epoch_8.pth --show 10");
  arguments.example("test configs/fashion_mnist/lenet.py work_dirs/lenet/epoch_8.pth --tta");
  arguments.example("test configs/fashion_mnist/lenet.py weights.pth test_dataloader.batch_size=256");
  return arguments;
}

}  // namespace

int test_command(const Invocation& invocation) {
  TestRequest request;
  std::optional<int64_t> show;
  Arguments arguments = test_arguments(invocation.name(), request, show);
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  restart_with_spin_count();
  request.show = show.value_or(0);
  RunOutcome outcome;
  {
    RunSession session;
    request.terminal = session.terminal();
    outcome = engine().test(request, session.control());
  }
  if (!outcome.finished && outcome.stop_reason != 0) {
    std::fputs("millrace: stopped before the end of the test\n", stderr);
    return stop_exit_code(outcome);
  }
  std::fputs(test_results(outcome).c_str(), stdout);
  return 0;
}

}  // namespace millrace
