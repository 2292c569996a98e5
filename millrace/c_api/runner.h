#pragma once

#include "millrace/c_api/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A run: what a config describes.
typedef struct millrace_runner millrace_runner;

enum { MILLRACE_TRAIN = 0, MILLRACE_VALIDATE = 1, MILLRACE_TEST = 2 };
enum { MILLRACE_DEBUG = 0, MILLRACE_INFO = 1, MILLRACE_WARNING = 2, MILLRACE_ERROR = 3 };

/// An iteration of the training (mode MILLRACE_TRAIN), or the end of a validation or test. Valid during the callback.
typedef struct millrace_progress {
  int32_t mode;
  int32_t count;              ///< of names and values: losses of the iteration, "loss" first; metrics
  int64_t epoch, max_epochs;  ///< finished ones; max_epochs is 0 if the run counts iterations
  int64_t iter, max_iters;    ///< finished ones, this one too
  const char* const* names;
  const double* values;
} millrace_progress;

/// Called on the thread that trains, which waits for it. Another value than 0 cancels the run. It may call
/// millrace_runner_cancel; other calls on the same runner get MILLRACE_BUSY. Nothing may be thrown through it.
typedef int32_t (*millrace_progress_callback)(const millrace_progress* progress, void* user);
/// A line of the log, not ended by a zero byte: `size` bytes. Called on the thread that trains or one of its workers, under
/// the lock of the log: it must not call the library.
typedef void (*millrace_log_callback)(int32_t level, const char* text, int64_t size, void* user);

/// Opens a run from a config file (.py, .yaml, .json), and checks the whole config; data and network are read by the first
/// training, validation or test. overrides: `count` texts "key=value", or null. work_dir: where checkpoints and the log
/// go; null: the config's, else work_dirs/NAME; "": nothing is kept, and no checkpoint is written to a file.
/// A work dir that has a run is not refused: give each run a folder of its own.
millrace_status millrace_runner_open(const char* config, const char* const* overrides, int64_t count,
                                     const char* work_dir, millrace_runner** out);
/// The same from the text of a config. name: its name in messages, whose ending says the language: "inline.py".
millrace_status millrace_runner_open_text(const char* text, const char* name, const char* const* overrides,
                                          int64_t count, const char* work_dir, millrace_runner** out);
/// Cancels what runs, waits for its end, and frees the run. MILLRACE_BUSY from a callback of the same run.
millrace_status millrace_runner_close(millrace_runner* runner);

/// Sets the callback; null: none. interval: iterations from call to call (losses are read from the device for each), at
/// least 1. `user` is passed on and must live until the run is closed or the callback is replaced. Not while it runs.
millrace_status millrace_runner_on_progress(millrace_runner* runner, millrace_progress_callback callback, void* user,
                                            int64_t interval);
/// The same for lines of the log from `level` on (MILLRACE_INFO and above are there).
millrace_status millrace_runner_on_log(millrace_runner* runner, millrace_log_callback callback, void* user,
                                       int32_t level);

/// Trains to the end in this thread. MILLRACE_CANCELLED after a cancel; the next call then goes on. MILLRACE_BUSY while
/// another run of the process trains in the same work dir, or in another thread if one of the two has a randomness.seed:
/// both would draw from libtorch's one generator.
millrace_status millrace_runner_train(millrace_runner* runner);
/// Starts a training in a thread of its own and returns. If the program ends before it, it is cancelled and waited for.
millrace_status millrace_runner_start(millrace_runner* runner);
/// Waits for the training that was started, and returns what it ended with (its text is this thread's last error).
/// MILLRACE_TIMEOUT after `seconds`; a negative number waits for ever.
millrace_status millrace_runner_wait(millrace_runner* runner, double seconds);
/// 1 in `running` while a training or evaluation runs, else 0.
millrace_status millrace_runner_running(millrace_runner* runner, int32_t* running);
/// Ends the running training after its step, with a save as the config says; returns at once. Nothing happens if none
/// runs: a later training is not cancelled.
millrace_status millrace_runner_cancel(millrace_runner* runner);
/// One pass over the validation (test) data, in this thread.
millrace_status millrace_runner_validate(millrace_runner* runner);
millrace_status millrace_runner_test(millrace_runner* runner);

/// The numbers of the last validation or test by their index, from 0 on; MILLRACE_INVALID_ARGUMENT behind the last one.
/// `name` is valid until the next training, validation or test of the run, or its close. Not while it runs.
millrace_status millrace_runner_metric(millrace_runner* runner, int64_t index, const char** name, double* value);
/// The same by its name.
millrace_status millrace_runner_find_metric(millrace_runner* runner, const char* name, double* value);
/// What the run has come to, as a JSON object: epoch, iter, stopped, metrics, best_metric, best_value, best_checkpoint,
/// last_checkpoint, train_seconds, samples_per_second, broken_weight, run_folder. Not while it runs.
millrace_status millrace_runner_summary(millrace_runner* runner, millrace_bytes** out);

/// The checkpoint of the run: the bytes of a checkpoint file, which torch.load and `millrace` read. After a training,
/// ended or cancelled.
millrace_status millrace_runner_checkpoint(millrace_runner* runner, millrace_bytes** out);
/// The first training of this run goes on from those bytes, to the bit on a CPU with the same threads. Before the first
/// training, validation or test. MILLRACE_DATA if they are no checkpoint of a run.
millrace_status millrace_runner_resume(millrace_runner* runner, const void* data, int64_t size);

#ifdef __cplusplus
}
#endif
