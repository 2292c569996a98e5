#include "millrace/runner/auto_scale_lr.h"

#include <fmt/format.h>

#include "millrace/dist/ranks.h"
#include "millrace/hub/run_context.h"
#include "millrace/log/logger.h"
#include "millrace/optim/optim_set.h"

namespace millrace {

void apply_auto_scale_lr(const AutoScaleLr& options, int64_t batch_size, OptimSet& optims, const RunContext& context) {
  if (!options.enable) return;
  const int64_t of_all = batch_size * context.ranks.size();
  const double ratio = static_cast<double>(of_all) / static_cast<double>(*options.base_batch_size);
  optims.scale_lr(ratio);
  context.logger.info(fmt::format("every lr is multiplied by {} (batch size {} over base_batch_size {})", ratio, of_all,
                                  *options.base_batch_size));
}

}  // namespace millrace
