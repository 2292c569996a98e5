#pragma once

#include <cstdint>
#include <optional>

#include "millrace/cli/engine.h"

namespace millrace {

class Config;

/// What the schedules of a config do in a training: each optimizer has one stand-in parameter, and nothing is trained.
///
/// Reads optim_wrapper, param_scheduler and train_cfg, which it binds as a run does; everything else may be missing or
/// unknown here, except an enabled auto_scale_lr, which is applied if train_dataloader.batch_size is given. Without
/// `iters_per_epoch` it makes the loader of train_dataloader, whose length is then used. Settings by parameter
/// (paramwise_cfg) are left out, and a schedule that depends on a metric does nothing; both are notices. Throws Error
/// for every mistake in these parts, and if it needs the length of an epoch and does not know it.
ScheduleSeries lr_preview(const Config& config, std::optional<int64_t> iters_per_epoch);

}  // namespace millrace
