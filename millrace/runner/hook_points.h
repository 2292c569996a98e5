#pragma once

#include <bitset>
#include <cstddef>

#include "millrace/base/mode.h"

namespace millrace {

/// Every point at which hooks are called, in the order of a run.
// clang-format off: one point a line
#define MILLRACE_HOOK_POINTS(X) \
  X(before_run)                 \
  X(before_load_checkpoint)     \
  X(after_load_checkpoint)      \
  X(before_train)               \
  X(before_train_epoch)         \
  X(before_train_iter)          \
  X(before_backward)            \
  X(after_backward)             \
  X(before_optim_step)          \
  X(after_optim_step)           \
  X(after_train_iter)           \
  X(after_train_epoch)          \
  X(before_val)                 \
  X(before_val_epoch)           \
  X(before_val_iter)            \
  X(after_val_iter)             \
  X(after_val_epoch)            \
  X(after_val)                  \
  X(before_save_checkpoint)     \
  X(after_save_checkpoint)      \
  X(after_train)                \
  X(before_test)                \
  X(before_test_epoch)          \
  X(before_test_iter)           \
  X(after_test_iter)            \
  X(after_test_epoch)           \
  X(after_test)                 \
  X(on_stop)                    \
  X(on_signal)                  \
  X(on_exception)               \
  X(after_run)
// clang-format on

enum class HookPoint {
#define MILLRACE_POINT(name) name,
  MILLRACE_HOOK_POINTS(MILLRACE_POINT)
#undef MILLRACE_POINT
      count
};

const char* hook_point_name(HookPoint point);

/// A set of hook points.
class HookPoints {
 public:
  bool has(HookPoint point) const { return bits_[static_cast<size_t>(point)]; }
  HookPoints& set(HookPoint point, bool on = true) {
    bits_[static_cast<size_t>(point)] = on;
    return *this;
  }

 private:
  std::bitset<static_cast<size_t>(HookPoint::count)> bits_;
};

}  // namespace millrace
