// What the command line asks of a trained network: the entry of cli/engine.h.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "millrace/cli/engine.h"
#include "millrace/infer/inferencer.h"
#include "millrace/infer/picture_folder.h"
#include "millrace/tensor/process.h"

namespace millrace {
namespace {

std::vector<FilePrediction::Class> best_classes(const Prediction& said, const std::vector<std::string>& names,
                                                int64_t count) {
  std::vector<size_t> order(said.scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return said.scores[a] > said.scores[b]; });
  order.resize(std::min(order.size(), static_cast<size_t>(count)));
  std::vector<FilePrediction::Class> best;
  for (const size_t label : order)
    best.push_back(
        {label < names.size() ? names[label] : std::to_string(label), static_cast<int64_t>(label), said.scores[label]});
  return best;
}

class FilePredictor {
 public:
  FilePredictor(const PredictRequest& request, const PredictListener& listener)
      : request_(request), listener_(listener), files_(request.files), inferencer_(inferencer_of(request)) {
    if (!request.out.empty()) {
      pictures_.emplace(request.out);
      pass_by_pictures();
    }
    for (const std::string& notice : inferencer_.notices()) listener.notice(notice);
  }

  void run() {
    // A few batches at a time: enough for the workers, and little enough to hear of early.
    const size_t stretch = static_cast<size_t>(request_.batch_size * (1 + request_.workers));
    for (size_t begin = 0; begin < files_.size(); begin += stretch) {
      const size_t end = std::min(begin + stretch, files_.size());
      const std::vector<InferenceInput> inputs(files_.begin() + static_cast<std::ptrdiff_t>(begin),
                                               files_.begin() + static_cast<std::ptrdiff_t>(end));
      tell_all(inputs, begin);
    }
  }

 private:
  static Inferencer inferencer_of(const PredictRequest& request) {
    Inferencer::Options options;
    options.batch_size = request.batch_size;
    options.workers = static_cast<int>(request.workers);
    options.device = request.device;
    options.overrides = request.overrides;
    options.config_path = request.config_path;
    if (request.precision)
      for (const Precision each : {Precision::fp32, Precision::bf16, Precision::fp16})
        if (precision_name(each) == *request.precision) options.precision = each;
    return request.config.empty() ? Inferencer::from_checkpoint(request.checkpoint, options)
                                  : Inferencer(request.config, request.checkpoint, options);
  }

  /// A second call must not ask about what the first one drew where it looks for images.
  void pass_by_pictures() {
    const size_t passed = std::erase_if(files_, [&](const std::string& file) { return pictures_->has_drawn(file); });
    if (passed > 0)
      listener_.notice(fmt::format("{}: {} that predict drew here before {} passed by", request_.out,
                                   passed == 1 ? "a picture" : fmt::format("{} pictures", passed),
                                   passed == 1 ? "is" : "are"));
  }

  /// A file that can't be read spoils its batch: then each is asked about alone, from there on.
  void tell_all(const std::vector<InferenceInput>& inputs, size_t first) {
    size_t told = 0;
    try {
      inferencer_.for_each_batch(inputs, [&](Batch& batch) {
        for (const Prediction& row : inferencer_.predictions(batch)) {
          listener_.file(said_of(first + told, row));
          ++told;
        }
      });
      return;
    } catch (const Error&) {
    }
    for (; told < inputs.size(); ++told) listener_.file(said_of_one(inputs[told], first + told));
  }

  FilePrediction said_of(size_t index, const Prediction& row) {
    FilePrediction said;
    said.file = files_[index];
    said.top = best_classes(row, inferencer_.classes(), request_.topk);
    if (pictures_) said.picture = pictures_->draw(said);
    return said;
  }

  FilePrediction said_of_one(const InferenceInput& input, size_t index) {
    try {
      return said_of(index, inferencer_.predict(input));
    } catch (const Error& error) {
      FilePrediction said;
      said.file = files_[index];
      said.error =
          std::string_view(error.what()).substr(0, std::string_view(error.what()).find('\n'));  // it stands alone
      return said;
    }
  }

  const PredictRequest& request_;
  const PredictListener& listener_;
  std::vector<std::string> files_;
  Inferencer inferencer_;
  std::optional<PictureFolder> pictures_;
};

void predict_files(const PredictRequest& request, const PredictListener& listener) {
  configure_process({});
  FilePredictor(request, listener).run();
}

[[maybe_unused]] const bool predict_is_installed = [] {
  install_engine({.predict = predict_files});
  return true;
}();

}  // namespace
}  // namespace millrace
