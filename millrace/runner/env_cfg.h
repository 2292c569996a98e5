#pragma once

#include <optional>

#include "millrace/base/cpu_count.h"

namespace millrace {

/// Settings of the process. `threads` has an effect in the command; a Runner does not change what libtorch keeps per
/// process. Settings of Python's processes have no effect here, but misspelt keys are reported.
struct EnvCfg {
  std::optional<int> threads{};

  template <class Fields>
  static void describe(Fields& f) {
    f("threads", &EnvCfg::threads,
      "threads of each operator; None: OMP_NUM_THREADS, else the cores that the process may use")
        .within(1, kMostThreads);
    f.ignore("cudnn_benchmark", "cuDNN chooses by itself");
    f.ignore("mp_cfg", "workers are threads");
    f.ignore("dist_cfg", "one process");
    f.ignore("resource_limit", "workers open no files of their own");
  }
};

}  // namespace millrace
