#include "millrace/runner/long_spins.h"

#include "millrace/base/process_settings.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/runner_options.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

bool has_loader_threads(const RunnerOptions& options) {
  const LoaderPart& part = options.train_dataloader;
  return part.has_value() && part.options() && part.options()->num_workers > 0;
}

}  // namespace

std::string long_spins_text(const Runner& runner) {
  if (!has_own_spin_count() || operator_threads() < 2 || !has_loader_threads(runner.options())) return "";
  return "threads of operators that wait for each other spin beside the loader's threads, which can make a training "
         "much slower: call dedicate_process() (millrace/tensor/dedicated_process.h) as the first line of main, or "
         "start the program with GOMP_SPINCOUNT=10000 in its environment";
}

}  // namespace millrace
