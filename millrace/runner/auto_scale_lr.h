#pragma once

#include <cstdint>
#include <optional>

#include "millrace/registry/complaints.h"

namespace millrace {

class OptimSet;
class OptimWrapper;
struct RunContext;

/// Linear scaling of the learning rate with the batch size of all ranks together.
struct AutoScaleLr {
  bool enable = false;
  std::optional<int64_t> base_batch_size;
  bool count_accumulation = false;

  template <class Fields>
  static void describe(Fields& f) {
    f("enable", &AutoScaleLr::enable, "multiply every lr by (batch size x world size) / base_batch_size");
    f("base_batch_size", &AutoScaleLr::base_batch_size, "the batch size that the lr was chosen for").at_least(1);
    f("count_accumulation", &AutoScaleLr::count_accumulation,
      "take all batches of a step (accumulative_counts, the first of a schedule) as one; MMEngine does not");
  }
  static void check(const AutoScaleLr& options, Complaints& complaints) {
    if (options.enable && !options.base_batch_size)
      complaints.add("enable", "auto_scale_lr.enable needs auto_scale_lr.base_batch_size");
  }
};

/// By how much the lr of `optim` is multiplied, for batches of `batch_size` on all ranks together.
double auto_scale_ratio(const AutoScaleLr& options, int64_t batch_size, const OptimWrapper& optim);
/// Scales every lr for batches of `batch_size` on each rank, and logs it. Does nothing unless enabled.
void apply_auto_scale_lr(const AutoScaleLr& options, int64_t batch_size, OptimSet& optims, const RunContext& context);

}  // namespace millrace
