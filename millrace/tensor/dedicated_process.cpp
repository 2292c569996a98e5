#include "millrace/tensor/dedicated_process.h"

#include "millrace/base/process_settings.h"

namespace millrace {

void dedicate_process(const ProcessOptions& options) {
  restart_with_spin_count();
  keep_freed_memory();
  configure_process(options);
}

}  // namespace millrace
