#include "millrace/hooks/empty_cache_hook.h"

#include "millrace/log/logger.h"
#include "millrace/runner/runner.h"
#include "millrace/tensor/device_cache.h"
#include "millrace/tensor/process.h"

namespace millrace {

namespace {

void empty_cache_of(Runner& runner) {
  if (!empty_device_cache(runner.context().device))
    runner.logger().warning("EmptyCacheHook has no effect: libtorch " + torch_version() +
                            " has no call for it that works for every device");
}

}  // namespace

EmptyCacheHook::EmptyCacheHook(Options options) : options_(options) {}

void EmptyCacheHook::before_epoch(EpochPoint& point) {
  if (options_.before_epoch) empty_cache_of(point.runner);
}

void EmptyCacheHook::after_epoch(EpochPoint& point) {
  if (options_.after_epoch) empty_cache_of(point.runner);
}

void EmptyCacheHook::after_iter(IterPoint& point) {
  if (options_.after_iter) empty_cache_of(point.runner);
}

MILLRACE_REGISTER(Hook, EmptyCacheHook);

}  // namespace millrace
