#include "millrace/runner/auto_scale_lr.h"

#include <fmt/format.h>

#include "millrace/dist/ranks.h"
#include "millrace/hub/run_context.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_set.h"
#include "millrace/optim/optim_wrapper.h"

namespace millrace {

double auto_scale_ratio(const AutoScaleLr& options, int64_t batch_size, const OptimWrapper& optim) {
  const int64_t batches = options.count_accumulation ? optim.accumulative_counts() : 1;
  return static_cast<double>(batch_size * batches) / static_cast<double>(*options.base_batch_size);
}

void apply_auto_scale_lr(const AutoScaleLr& options, int64_t batch_size, OptimSet& optims, const RunContext& context) {
  if (!options.enable) return;
  for (const OptimSet::Entry& entry : optims.entries()) {
    const int64_t of_all = batch_size * context.ranks.size();
    const double ratio = auto_scale_ratio(options, of_all, *entry.optim);
    entry.optim->scale_lr(ratio);
    context.logger.info(fmt::format("every lr{} is multiplied by {} (batch size {} over base_batch_size {})",
                                    entry.name.empty() ? "" : " of " + entry.name, ratio, of_all,
                                    *options.base_batch_size));
  }
}

}  // namespace millrace
