// What the command line asks of a trained network: the entry of cli/engine.h.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "millrace/base/shell_word.h"
#include "millrace/cli/engine.h"
#include "millrace/data/image_picture.h"
#include "millrace/infer/inference_source.h"
#include "millrace/infer/picture_folder.h"
#include "millrace/runner/command_run.h"
#include "millrace/tensor/process.h"
#include "millrace/vis/task_view.h"

namespace millrace {
namespace {

constexpr int64_t kPictureSide = 448;

nlohmann::ordered_json json_of(const Value& value) {
  using Kind = Value::Kind;
  using Json = nlohmann::ordered_json;
  switch (value.kind()) {
    case Kind::boolean:
      return value.as_bool();
    case Kind::integer:
      return value.as_integer();
    case Kind::number:
      return std::isfinite(value.as_number()) ? Json(value.as_number()) : Json(nullptr);
    case Kind::string:
      return value.as_string();
    case Kind::dict: {
      Json object = Json::object();
      for (const Dict::Entry& entry : value.as_dict()) object[entry.key.as_string()] = json_of(entry.value);
      return object;
    }
    case Kind::list:
    case Kind::tuple: {
      Json list = Json::array();
      for (const Value& item : value.items()) list.push_back(json_of(item));
      return list;
    }
    default:
      return nullptr;
  }
}

class FilePredictor {
 public:
  FilePredictor(const PredictRequest& request, const PredictListener& listener)
      : request_(request),
        listener_(listener),
        files_(request.files),
        inferencer_(inferencer_of(request)),
        view_(inferencer_.task_view()) {
    if (!request.out.empty()) {
      pictures_.emplace(request.out);
      skip_own_pictures();
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
    options.revise_keys = request.revise_keys;
    if (request.weights) options.weights = *request.weights == "trained" ? WeightSet::trained : WeightSet::averaged;
    if (request.precision)
      for (const Precision each : {Precision::fp32, Precision::bf16, Precision::fp16})
        if (precision_name(each) == *request.precision) options.precision = each;
    return request.config.empty() ? Inferencer::from_checkpoint(request.checkpoint, options)
                                  : Inferencer(request.config, request.checkpoint, options);
  }

  /// A second call must not ask about what the first one drew where it looks for images.
  void skip_own_pictures() {
    const size_t skipped = std::erase_if(files_, [&](const std::string& file) { return pictures_->has_drawn(file); });
    if (skipped > 0)
      listener_.notice(fmt::format("{}: {} that predict drew here before {} skipped", request_.out,
                                   skipped == 1 ? "a picture" : fmt::format("{} pictures", skipped),
                                   skipped == 1 ? "is" : "are"));
  }

  /// A file that can't be read spoils its batch: then each is asked about alone, from there on.
  void tell_all(const std::vector<InferenceInput>& inputs, size_t first) {
    size_t told = 0;
    try {
      inferencer_.for_each_batch(inputs, [&](Batch& batch) {
        const Batch shown = for_people(batch);
        for (int64_t i = 0; i < shown.size(); ++i) {
          listener_.file(prediction_of(first + told, shown.row(i)));
          ++told;
        }
      });
      return;
    } catch (const Error&) {
    }
    for (; told < inputs.size(); ++told) listener_.file(prediction_of_one(inputs[told], first + told));
  }

  FilePrediction prediction_of(size_t index, const Sample& row) {
    const State& meta = inferencer_.dataset_meta();
    FilePrediction prediction{.file = files_[index]};
    prediction.line = view_.line(row, meta, request_.most);
    prediction.object =
        json_of(view_.object(row, meta, request_.most)).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    if (!pictures_) return prediction;
    const RgbImage original = picture_of(read_image(prediction.file), ImageReading::Order::bgr);
    const TaskView::Drawing drawing{.longer_edge = kPictureSide, .most = request_.most, .is_file = true};
    prediction.picture = pictures_->write(prediction.file, view_.draw(original, row, meta, drawing));
    return prediction;
  }

  FilePrediction prediction_of_one(const InferenceInput& input, size_t index) {
    try {
      return prediction_of(index, inferencer_.predict(input));
    } catch (const Error& error) {
      const std::string_view text = error.what();
      return {.file = files_[index], .error = std::string(text.substr(0, text.find('\n')))};  // only the first line
    }
  }

  const PredictRequest& request_;
  const PredictListener& listener_;
  std::vector<std::string> files_;
  Inferencer inferencer_;
  TaskView& view_;
  std::optional<PictureFolder> pictures_;
};

void predict_files(const PredictRequest& request, const PredictListener& listener) {
  ProcessOptions process;
  if (request.threads) process.threads = static_cast<int>(*request.threads);
  configure_process(process);
  try {
    FilePredictor(request, listener).run();
  } catch (WeightsMisfit& misfit) {
    word_in_flags(misfit, "");
    throw;
  } catch (NoInference& refused) {
    const std::string checkpoint = shell_word(request.checkpoint);
    const std::string config = request.config.empty() ? "CONFIG" : shell_word(request.config);
    if (refused.why == NoInference::Why::no_config) refused.help("millrace predict CONFIG " + checkpoint + " FILE");
    if (refused.why == NoInference::Why::no_images)
      refused.help("millrace test " + config + " " + checkpoint + " --show 10");
    throw;
  }
}

[[maybe_unused]] const bool predict_is_installed = [] {
  install_engine({.predict = predict_files});
  return true;
}();

}  // namespace
}  // namespace millrace
