#pragma once

#include <cstdint>
#include <optional>

#include "millrace/base/cpu_count.h"

namespace millrace {

/// Settings of the process. They have an effect in the command; a Runner does not change what libtorch keeps per
/// process. Settings of Python's processes have no effect here, but misspelt keys are reported.
struct EnvCfg {
  std::optional<int> threads{};
  bool cudnn_benchmark = false;
  int64_t resource_limit = 4096;

  template <class Fields>
  static void describe(Fields& f) {
    f("threads", &EnvCfg::threads,
      "threads of each operator; None: OMP_NUM_THREADS, else the cores that the process may use")
        .within(1, kMostThreads);
    f("cudnn_benchmark", &EnvCfg::cudnn_benchmark,
      "cuDNN tries its kernels for each shape and takes the fastest; results may differ from run to run");
    f("resource_limit", &EnvCfg::resource_limit, "files that the process may have open, if the system lets it")
        .at_least(1);
    f.ignore("mp_cfg", "workers are threads");
    f.ignore("dist_cfg", "one process");
  }
};

}  // namespace millrace
