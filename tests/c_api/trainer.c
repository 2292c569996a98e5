/* Trains by the C interface alone: c99, no other library. See c_api_test.sh.
 *
 *     trainer LEAST CONFIG [OVERRIDE ...]        LEAST: percent of images that the trained network gets right, at least
 */
#include <millrace/c_api.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define EXPECT(condition)                                                                            \
  do {                                                                                               \
    if (!(condition)) {                                                                              \
      ++failures;                                                                                    \
      printf("line %d: %s; last error: %s\n", __LINE__, #condition, millrace_last_error());          \
    }                                                                                                \
  } while (0)

/* Cancels at an iteration, and notes the losses. */
typedef struct Watch {
  int64_t cancel_at, last_iter, evaluations;
  volatile int64_t steps; /* another thread waits for the first */
  double last_loss;
  int by_handle;
  int reentered;
  millrace_runner* runner;
} Watch;

static int32_t on_progress(const millrace_progress* progress, void* user) {
  Watch* watch = (Watch*)user;
  if (progress->mode != MILLRACE_TRAIN) {
    ++watch->evaluations;
    return 0;
  }
  ++watch->steps;
  watch->last_iter = progress->iter;
  if (progress->count > 0 && strcmp(progress->names[0], "loss") == 0) watch->last_loss = progress->values[0];
  if (watch->runner && !watch->reentered) {
    watch->reentered = 1;
    EXPECT(millrace_runner_train(watch->runner) == MILLRACE_BUSY);
    EXPECT(millrace_runner_close(watch->runner) == MILLRACE_BUSY);
    EXPECT(millrace_runner_wait(watch->runner, -1) == MILLRACE_BUSY);
  }
  if (progress->iter != watch->cancel_at) return 0;
  if (!watch->by_handle) return 1;
  EXPECT(millrace_runner_cancel(watch->runner) == MILLRACE_OK);
  return 0;
}

static int64_t log_lines = 0; /* of one run at a time */
static void on_log(int32_t level, const char* text, int64_t size, void* user) {
  (void)level, (void)text, (void)user;
  if (size > 0) ++log_lines;
}

static const char* config;
static const char* const* overrides;
static int64_t override_count;

static millrace_runner* opened(Watch* watch) {
  millrace_runner* runner = NULL;
  EXPECT(millrace_runner_open(config, overrides, override_count, "", &runner) == MILLRACE_OK);
  EXPECT(millrace_runner_on_progress(runner, on_progress, watch, 1) == MILLRACE_OK);
  EXPECT(millrace_runner_on_log(runner, on_log, NULL, MILLRACE_INFO) == MILLRACE_OK);
  return runner;
}

static void predict(millrace_bytes* checkpoint, float* scores, int64_t count) {
  const void* data = NULL;
  int64_t size = 0;
  millrace_inferencer* network = NULL;
  EXPECT(millrace_bytes_get(checkpoint, &data, &size) == MILLRACE_OK);
  EXPECT(millrace_inferencer_open_memory(NULL, data, size, NULL, 0, &network) == MILLRACE_OK);
  const char* name = NULL;
  EXPECT(millrace_inferencer_class_name(network, 9, &name) == MILLRACE_OK);
  EXPECT(name && strcmp(name, "Ankle boot") == 0);
  EXPECT(millrace_inferencer_class_name(network, 10, &name) == MILLRACE_INVALID_ARGUMENT);

  uint8_t pixels[4 * 28 * 28];
  for (size_t i = 0; i < sizeof pixels; ++i) pixels[i] = (uint8_t)(i * 7 % 251);
  const int64_t shape[4] = {4, 1, 28, 28};
  millrace_tensor input = {NULL, pixels, shape, NULL, MILLRACE_UINT8, 4};
  EXPECT(millrace_inferencer_predict(network, &input, 1) == MILLRACE_OK);
  millrace_tensor output;
  EXPECT(millrace_inferencer_find_output(network, "pred_score", &output) == MILLRACE_OK);
  EXPECT(output.dims == 2 && output.shape[0] == 4 && output.shape[1] == 10 && output.dtype == MILLRACE_FLOAT32);
  EXPECT(millrace_inferencer_copy_output(network, "pred_score", scores, count * 4) == MILLRACE_OK);
  EXPECT(millrace_inferencer_copy_output(network, "pred_score", scores, 4) == MILLRACE_INVALID_ARGUMENT);
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += scores[i];
  EXPECT(sum > 3.999 && sum < 4.001);

  /* What the caller writes is seen, through strides too: all rows are the first image. */
  float changed[40];
  const int64_t strides[4] = {0, 784, 28, 1};
  input.strides = strides;
  EXPECT(millrace_inferencer_predict(network, &input, 1) == MILLRACE_OK);
  EXPECT(millrace_inferencer_copy_output(network, "pred_score", changed, sizeof changed) == MILLRACE_OK);
  for (int row = 0; row < 4; ++row)
    for (int k = 0; k < 10; ++k) {
      const float difference = changed[row * 10 + k] - scores[k];
      EXPECT(difference < 1e-5F && difference > -1e-5F);
    }
  memset(pixels, 255, sizeof pixels);
  EXPECT(millrace_inferencer_predict(network, &input, 1) == MILLRACE_OK);
  EXPECT(millrace_inferencer_copy_output(network, "pred_score", changed, sizeof changed) == MILLRACE_OK);
  EXPECT(memcmp(changed, scores, sizeof changed) != 0);

  const int64_t wrong[3] = {4, 28, 28};
  millrace_tensor bad = {NULL, pixels, wrong, NULL, MILLRACE_UINT8, 3};
  EXPECT(millrace_inferencer_predict(network, &bad, 1) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(strlen(millrace_last_error()) > 0);
  EXPECT(millrace_inferencer_output(network, 0, &output) == MILLRACE_INVALID_ARGUMENT);
  bad = input, bad.data = NULL;
  EXPECT(millrace_inferencer_predict(network, &bad, 1) == MILLRACE_INVALID_ARGUMENT);
  bad = input, bad.dtype = 99;
  EXPECT(millrace_inferencer_predict(network, &bad, 1) == MILLRACE_INVALID_ARGUMENT);
  bad = input, bad.dims = 0;
  EXPECT(millrace_inferencer_predict(network, &bad, 1) == MILLRACE_INVALID_ARGUMENT);
  bad = input, bad.shape = NULL;
  EXPECT(millrace_inferencer_predict(network, &bad, 1) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_inferencer_predict(network, NULL, 1) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_inferencer_predict(network, &input, 0) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_inferencer_close(network) == MILLRACE_OK);
  EXPECT(millrace_inferencer_predict(network, &input, 1) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_inferencer_close(network) == MILLRACE_INVALID_ARGUMENT);
}

static void misuse(void) {
  millrace_runner* runner = NULL;
  millrace_bytes* bytes = NULL;
  double value = 0;
  int32_t running = 0;
  EXPECT(millrace_runner_open(NULL, NULL, 0, "", &runner) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(strcmp(millrace_last_error(), "config is null") == 0);
  EXPECT(millrace_runner_open(config, NULL, 0, "", NULL) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_open(config, NULL, -1, "", &runner) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_open("no_such_config.py", NULL, 0, "", &runner) == MILLRACE_IO);
  EXPECT(strstr(millrace_last_error(), "no_such_config.py") != NULL);
  EXPECT(millrace_runner_open_text("model = dict(tpe='LeNet')\n", "inline.py", NULL, 0, "", &runner) ==
         MILLRACE_CONFIG);
  EXPECT(strstr(millrace_last_error(), "inline.py:1") != NULL);
  EXPECT(runner == NULL);
  EXPECT(millrace_runner_train(NULL) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_close(NULL) == MILLRACE_OK);
  EXPECT(millrace_runner_running(NULL, &running) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_bytes_get(NULL, NULL, NULL) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_bytes_close(NULL) == MILLRACE_OK);

  EXPECT(millrace_runner_open(config, overrides, override_count, "", &runner) == MILLRACE_OK);
  EXPECT(millrace_runner_on_progress(runner, NULL, NULL, 0) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_wait(runner, 0) == MILLRACE_BUSY);
  EXPECT(millrace_runner_cancel(runner) == MILLRACE_OK);
  EXPECT(millrace_runner_checkpoint(runner, &bytes) == MILLRACE_BUSY);
  EXPECT(millrace_runner_resume(runner, "no checkpoint", 13) == MILLRACE_DATA);
  EXPECT(millrace_runner_resume(runner, NULL, 13) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_find_metric(runner, "accuracy/top1", &value) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_inferencer_close((millrace_inferencer*)(void*)runner) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_close(runner) == MILLRACE_OK);
  EXPECT(millrace_runner_close(runner) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_runner_train(runner) == MILLRACE_INVALID_ARGUMENT);
}

static void* start_and_leave(void* user) {
  millrace_runner* left = opened((Watch*)user);
  EXPECT(millrace_runner_start(left) == MILLRACE_OK);
  return NULL;
}

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const double least = atof(argv[1]);
  config = argv[2];
  overrides = (const char* const*)(argv + 3);
  override_count = argc - 3;
  EXPECT(millrace_abi_version() == 1);
  EXPECT(millrace_configure(-1, 0, 0) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_configure(1, 0, 1) == MILLRACE_OK);
  misuse();

  /* An unbroken run. */
  Watch whole_watch = {0};
  millrace_runner* whole = opened(&whole_watch);
  EXPECT(millrace_runner_train(whole) == MILLRACE_OK);
  EXPECT(whole_watch.steps > 8 && whole_watch.steps == whole_watch.last_iter);
  EXPECT(whole_watch.evaluations > 0 && log_lines > 0);
  const char* name = NULL;
  double value = -1;
  EXPECT(millrace_runner_metric(whole, 0, &name, &value) == MILLRACE_OK);
  EXPECT(name && strcmp(name, "accuracy/top1") == 0 && value >= least && value <= 100);
  millrace_bytes *whole_end = NULL, *cut = NULL, *resumed_end = NULL, *summary = NULL;
  EXPECT(millrace_runner_checkpoint(whole, &whole_end) == MILLRACE_OK);
  EXPECT(millrace_runner_summary(whole, &summary) == MILLRACE_OK);
  const void* text = NULL;
  int64_t size = 0;
  EXPECT(millrace_bytes_get(summary, &text, &size) == MILLRACE_OK);
  EXPECT(text && strstr((const char*)text, "\"accuracy/top1\":") != NULL);
  EXPECT(millrace_runner_validate(whole) == MILLRACE_OK);
  EXPECT(millrace_runner_test(whole) == MILLRACE_OK);

  /* The same, cancelled in a thread within one step. */
  Watch cut_watch = {0};
  cut_watch.cancel_at = 5, cut_watch.by_handle = 1;
  millrace_runner* first = opened(&cut_watch);
  cut_watch.runner = first;
  EXPECT(millrace_runner_start(first) == MILLRACE_OK);
  EXPECT(millrace_runner_wait(first, -1) == MILLRACE_CANCELLED);
  EXPECT(strstr(millrace_last_error(), "cancelled") != NULL);
  EXPECT(cut_watch.last_iter == 5 && cut_watch.steps == 5 && cut_watch.reentered);
  int32_t running = 1;
  EXPECT(millrace_runner_running(first, &running) == MILLRACE_OK && running == 0);
  EXPECT(millrace_runner_checkpoint(first, &cut) == MILLRACE_OK);
  EXPECT(millrace_runner_close(first) == MILLRACE_OK);

  /* It goes on in another run, from memory. */
  Watch resumed_watch = {0};
  millrace_runner* second = opened(&resumed_watch);
  const void* data = NULL;
  EXPECT(millrace_bytes_get(cut, &data, &size) == MILLRACE_OK);
  EXPECT(millrace_runner_resume(second, data, size) == MILLRACE_OK);
  EXPECT(millrace_runner_train(second) == MILLRACE_OK);
  EXPECT(resumed_watch.steps == whole_watch.steps - 5);
  EXPECT(resumed_watch.last_loss == whole_watch.last_loss);
  EXPECT(millrace_runner_checkpoint(second, &resumed_end) == MILLRACE_OK);

  float of_whole[40] = {0}, of_resumed[40] = {0};
  predict(whole_end, of_whole, 40);
  predict(resumed_end, of_resumed, 40);
  EXPECT(memcmp(of_whole, of_resumed, sizeof of_whole) == 0);

  /* Two runs with a seed can't train at once. Closing a run that trains ends it. */
  Watch closed_watch = {0}, late_watch = {0};
  millrace_runner *third = opened(&closed_watch), *late = opened(&late_watch);
  EXPECT(millrace_runner_start(third) == MILLRACE_OK);
  EXPECT(millrace_runner_start(third) == MILLRACE_BUSY);
  while (closed_watch.steps == 0 && millrace_runner_wait(third, 0.01) == MILLRACE_TIMEOUT) {
  }
  EXPECT(millrace_runner_train(late) == MILLRACE_BUSY);
  EXPECT(strstr(millrace_last_error(), "trains in another thread of this process") != NULL);
  EXPECT(millrace_runner_close(third) == MILLRACE_OK);
  EXPECT(millrace_runner_close(late) == MILLRACE_OK);

  EXPECT(millrace_bytes_close(whole_end) == MILLRACE_OK);
  EXPECT(millrace_bytes_close(whole_end) == MILLRACE_INVALID_ARGUMENT);
  EXPECT(millrace_bytes_close(cut) == MILLRACE_OK);
  EXPECT(millrace_bytes_close(resumed_end) == MILLRACE_OK);
  EXPECT(millrace_bytes_close(summary) == MILLRACE_OK);
  EXPECT(millrace_runner_close(whole) == MILLRACE_OK);
  EXPECT(millrace_runner_close(second) == MILLRACE_OK);
  /* What still trains or is still open when the program ends does no harm. */
  static Watch left_watch, open_watch;
  pthread_t thread;
  EXPECT(pthread_create(&thread, NULL, start_and_leave, &left_watch) == 0 && pthread_join(thread, NULL) == 0);
  EXPECT(opened(&open_watch) != NULL);
  printf("%d failures, %lld steps\n", failures, (long long)whole_watch.steps);
  return failures != 0;
}
