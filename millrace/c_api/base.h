#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a function returns.
typedef int32_t millrace_status;
enum {
  MILLRACE_OK = 0,
  MILLRACE_INVALID_ARGUMENT = 1,  ///< a null pointer, a closed handle, a wrong shape
  MILLRACE_BUSY = 2,              ///< another call uses the handle, or comes first; another run is in the way
  MILLRACE_CONFIG = 3,            ///< the config can't be read, or is wrong
  MILLRACE_DATA = 4,              ///< data, a checkpoint or weights can't be used
  MILLRACE_IO = 5,                ///< no such file, no space left
  MILLRACE_CANCELLED = 6,         ///< the training or evaluation was cancelled: its state is kept
  MILLRACE_TIMEOUT = 7,           ///< millrace_runner_wait: it still runs
  MILLRACE_OUT_OF_MEMORY = 8,
  MILLRACE_UNAVAILABLE = 9,  ///< the engine or libtorch can't be loaded
  MILLRACE_INTERNAL = 10     ///< an error of libtorch or of Millrace
};

/// 1. It changes when a program that was compiled against an older header would break.
int32_t millrace_abi_version(void);
/// "0.1.0"; never freed.
const char* millrace_version(void);

/// Why the last call of this thread failed: what, where, and a help, in several lines; "" before the first failure. Valid
/// until the next call of this thread.
const char* millrace_last_error(void);

/// What libtorch and the allocator keep once per process; without this call they keep their own defaults, and a run
/// changes nothing of it. Call it once, first of all and before other threads start: it sets GOMP_SPINCOUNT in the
/// environment, unless it is set, and loads the engine.
/// threads: of each operator; 0: as the command does (OMP_NUM_THREADS, else the cores that the process may use).
/// deterministic: 1: only deterministic kernels. allocator: 1: freed memory of tensors stays with the process, as in the
/// command (mallopt); 0: leaves the allocator alone.
millrace_status millrace_configure(int32_t threads, int32_t deterministic, int32_t allocator);

/// Memory that the library has made for you, such as a checkpoint.
typedef struct millrace_bytes millrace_bytes;
/// Gives the memory, which is valid until millrace_bytes_close. A zero byte follows it.
millrace_status millrace_bytes_get(millrace_bytes* bytes, const void** data, int64_t* size);
millrace_status millrace_bytes_close(millrace_bytes* bytes);

#ifdef __cplusplus
}
#endif
