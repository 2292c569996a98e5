#include <cstdio>

#include "millrace/base/cpu_count.h"
#include "millrace/base/process_settings.h"
#include "millrace/base/text.h"
#include "millrace/cli/arguments.h"
#include "millrace/cli/commands.h"
#include "millrace/cli/engine.h"
#include "millrace/cli/prediction_text.h"
#include "millrace/io/image_files.h"

namespace millrace {
namespace {

struct PredictWords {
  std::vector<std::string> words;  // [CONFIG] CHECKPOINT FILE ...
  std::optional<std::string> out;
  std::optional<int64_t> batch_size, workers, topk;
  bool json = false;
};

Arguments predict_arguments(const std::string& program, PredictRequest& request, PredictWords& given) {
  Arguments arguments(program, "predict", "Runs a trained network on images.");
  arguments.positional(
      "[CONFIG] CHECKPOINT FILE",
      "a config, unless the checkpoint contains it (those of Millrace do); a checkpoint; images, folders "
      "of images, patterns",
      given.words);
  arguments.overrides(request.overrides);
  arguments.config_path(request.config_path);
  arguments.option("--topk", "K", "number of answers for each image, the best first  (default: 3)", given.topk, 1);
  arguments.flag("--json", "one object per line for each image", given.json);
  arguments.option("--out", "DIR", "draw each image there with its predictions  (default: no pictures)", given.out);
  arguments.option("--batch-size", "N", "images per batch  (default: 32)", given.batch_size, 1, 65536);
  arguments.option("--workers", "N", "threads that read and transform images  (default: 2)", given.workers, 0, 1024);
  arguments.option("--threads", "N", "threads of each operator  (default: OMP_NUM_THREADS, else all cores)",
                   request.threads, 1, kMostThreads);
  arguments.revise_keys(request.revise_keys);
  arguments.weights(request.weights);
  arguments.option("--device", "DEVICE", "cpu, cuda or cuda:N  (default: the config's, else cpu)", request.device);
  arguments.choice("--precision", "precision of forward passes  (default: the config's, else fp32)",
                   {"fp32", "bf16", "fp16"}, request.precision);
  arguments.example("predict work_dirs/epoch_8.pth photo.jpg");
  arguments.example("predict config.py work_dirs/epoch_8.pth photos --out pictures");
  arguments.example("predict config.py weights.pth 'photos/*.jpg' --topk 1 --json");
  return arguments;
}

bool is_config(const std::string& word) {
  for (const char* ending : {".py", ".yaml", ".yml", ".json"})
    if (word.ends_with(ending)) return true;
  return false;
}

/// The words that name images. Throws Error if a part is missing.
std::vector<std::string> take_words(const PredictWords& given, const std::string& program, PredictRequest& request) {
  size_t next = 0;
  if (is_config(given.words[0])) request.config = given.words[next++];
  const char* missing = next == given.words.size() ? "CHECKPOINT" : next + 1 == given.words.size() ? "FILE" : nullptr;
  if (missing) {
    const std::string file = file_among(request.overrides);
    throw Error(std::string("predict needs ") + missing).help(file.empty() ? program + " predict --help" : file);
  }
  request.checkpoint = given.words[next++];
  return {given.words.begin() + static_cast<std::ptrdiff_t>(next), given.words.end()};
}

}  // namespace

int predict_command(const Invocation& invocation) {
  PredictRequest request;
  PredictWords given;
  Arguments arguments = predict_arguments(invocation.name(), request, given);
  if (!arguments.parse_or_print_help(invocation.args)) return 0;
  restart_with_spin_count();
  io::NamedImages images = io::named_images(take_words(given, invocation.name(), request));
  request.files = std::move(images.paths);
  request.batch_size = given.batch_size.value_or(request.batch_size);
  request.workers = given.workers.value_or(request.workers);
  request.most = given.topk.value_or(request.most);
  request.out = given.out.value_or("");

  bool all_read = true;
  const PredictListener listener{
      .file =
          [&](const FilePrediction& prediction) {
            if (!prediction.error.empty()) all_read = false;
            const std::string line = given.json ? prediction_json(prediction) : prediction_line(prediction);
            std::fprintf(prediction.error.empty() || given.json ? stdout : stderr, "%s\n", line.c_str());
          },
      .notice = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); }};
  if (const std::string file = file_among(request.overrides); !file.empty()) listener.notice(file);
  if (const std::string skipped = images.skipped.text(); !skipped.empty()) listener.notice(skipped);
  for (const auto& [word, error] : images.missed) listener.file({.file = word, .error = error});
  engine().predict(request, listener);
  return all_read ? 0 : 2;
}

}  // namespace millrace
