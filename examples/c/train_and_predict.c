/* A host in C: it trains a network in a thread, cancels the training when the network is good enough, and then asks it about
 * numbers in its own memory. No C++, no Python; it links libmillrace_c.so alone.
 *
 *     train_and_predict          writes points.csv into the current folder
 */
#include <millrace/c_api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char* const kConfig =
    "default_scope = 'mmpretrain'\n"
    "model = dict(\n"
    "    type='ImageClassifier',\n"
    "    data_preprocessor=dict(type='BaseDataPreprocessor'),\n"
    "    backbone=dict(type='MLP', in_features=2, hidden=[32, 32]),\n"
    "    head=dict(type='LinearClsHead', num_classes=2, in_channels=32, loss=dict(type='CrossEntropyLoss')))\n"
    "table = dict(type='CSVDataset', ann_file='points.csv', label='ring')\n"
    "train_dataloader = dict(batch_size=50, sampler=dict(type='DefaultSampler', shuffle=True),\n"
    "                        dataset=dict(split='train', **table))\n"
    "val_dataloader = dict(batch_size=400, sampler=dict(type='DefaultSampler', shuffle=False),\n"
    "                      dataset=dict(split='test', **table))\n"
    "val_evaluator = dict(type='Accuracy')\n"
    "train_cfg = dict(by_epoch=True, max_epochs=1000)\n"
    "val_cfg = dict()\n"
    "optim_wrapper = dict(optimizer=dict(type='Adam', lr=0.01))\n"
    "randomness = dict(seed=0)\n";

/* Ends the program with the library's text. */
static void check(millrace_status status) {
  if (status == MILLRACE_OK) return;
  fprintf(stderr, "%s\n", millrace_last_error());
  exit(1);
}

/* Points of a square; those nearer to its middle than 0.6 are on the inner ring. */
static void write_points(const char* path) {
  FILE* file = fopen(path, "w");
  unsigned draw = 1;
  if (!file) exit(1);
  fprintf(file, "x,y,ring\n");
  for (int i = 0; i < 2000; ++i) {
    double place[2];
    for (int k = 0; k < 2; ++k) {
      draw = draw * 1664525u + 1013904223u;
      place[k] = (double)(draw >> 8) / (1 << 23) - 1; /* -1 to 1 */
    }
    const int is_inner = place[0] * place[0] + place[1] * place[1] < 0.36;
    fprintf(file, "%.6f,%.6f,%s\n", place[0], place[1], is_inner ? "inner" : "outer");
  }
  fclose(file);
}

/* Called on the thread that trains; another value than 0 cancels the run. */
static int32_t on_progress(const millrace_progress* progress, void* user) {
  double* best = (double*)user;
  if (progress->mode == MILLRACE_VALIDATE)
    for (int32_t i = 0; i < progress->count; ++i)
      if (strcmp(progress->names[i], "accuracy/top1") == 0) *best = progress->values[i];
  return *best >= 97;
}

int main(void) {
  millrace_runner* runner = NULL;
  millrace_bytes* checkpoint = NULL;
  millrace_inferencer* network = NULL;
  const void* data = NULL;
  int64_t size = 0;
  double accuracy = 0; /* the callback's, until the training has ended */

  write_points("points.csv");
  check(millrace_configure(0, 0, 1));                                                      /* as the command */
  check(millrace_runner_open_text(kConfig, "rings.py", NULL, 0, /*work_dir=*/"", &runner)); /* keeps no files */
  check(millrace_runner_on_progress(runner, on_progress, &accuracy, 100));
  check(millrace_runner_start(runner));
  while (millrace_runner_wait(runner, 0.05) == MILLRACE_TIMEOUT) { /* here the host does its own work */
  }
  const millrace_status end = millrace_runner_wait(runner, -1);
  if (end != MILLRACE_CANCELLED) check(end);
  printf("%s with %.1f %% right\n", end == MILLRACE_CANCELLED ? "cancelled" : "ended", accuracy);

  check(millrace_runner_checkpoint(runner, &checkpoint));
  check(millrace_bytes_get(checkpoint, &data, &size)); /* a file of these bytes is what torch.load reads */
  check(millrace_inferencer_open_memory(NULL, data, size, NULL, 0, &network));

  float points[3][2] = {{0.1F, 0.2F}, {0.9F, -0.8F}, {-0.3F, 0}}; /* read where they are, without a copy */
  const int64_t shape[2] = {3, 2};
  const millrace_tensor inputs = {"inputs", points, shape, NULL, MILLRACE_FLOAT32, 2};
  int64_t labels[3];
  check(millrace_inferencer_predict(network, &inputs, 1));
  check(millrace_inferencer_copy_output(network, "pred_label", labels, sizeof labels));
  for (int i = 0; i < 3; ++i) {
    const char* name = NULL;
    check(millrace_inferencer_class_name(network, labels[i], &name));
    printf("(%.1f, %.1f) is on the %s ring\n", points[i][0], points[i][1], name);
  }
  check(millrace_inferencer_close(network));
  check(millrace_bytes_close(checkpoint));
  check(millrace_runner_close(runner));
  return 0;
}
