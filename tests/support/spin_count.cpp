#include "millrace/base/process_settings.h"

namespace millrace {
namespace {

// Logs of tests do not say that their program lacks a setting.
[[maybe_unused]] const bool spin_count_is_set = [] {
  set_spin_count();
  return true;
}();

}  // namespace
}  // namespace millrace
