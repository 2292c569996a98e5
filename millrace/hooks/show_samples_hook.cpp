#include "millrace/hooks/show_samples_hook.h"

#include <fmt/format.h>

#include "millrace/data/data_loader.h"
#include "millrace/hub/message_hub.h"
#include "millrace/model/model.h"
#include "millrace/picture/png.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/vis/sample_picture.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

constexpr size_t kMostPictures = 200;
constexpr int64_t kColumnsOfSheet = 5, kColumnsOfLargeSheet = 10;

}  // namespace

ShowSamplesHook::ShowSamplesHook(Options options) : options_(checked<ShowSamplesHook>(std::move(options))) {}

void ShowSamplesHook::before_test(RunPoint&) {
  shown_ = 0;
  pictures_.clear();
  text_ = fmt::format("{:>6}  {:<16}{:<16}{:>6}\n", "sample", "truth", "prediction", "score");
}

void ShowSamplesHook::after_test_iter(EvalIter& point) {
  const Batch& batch = point.batch;
  if (shown_ >= options_.count) return;
  if (!batch.has(keys::gt_label) || !batch.has(keys::pred_label) || !batch.has(keys::pred_score)) return;
  Runner& runner = point.runner;
  const State& meta = runner.loader(Mode::test).dataset_meta();
  const std::vector<SampleAnswer> answers = answers_of(batch);
  for (int64_t i = 0; i < batch.size() && shown_ < options_.count; ++i) {
    const int64_t position = batch.positions()[static_cast<size_t>(i)];
    const SampleAnswer& answer = answers[static_cast<size_t>(i)];
    if (position < 0 || !answer.truth || !answer.score) continue;
    text_ += fmt::format("{:>6}  {:<16}{:<16}{:>6.3f}{}\n", position, class_label(meta, *answer.truth),
                         class_label(meta, *answer.said), *answer.score, answer.truth == answer.said ? "" : "  wrong");
    ++shown_;
    if (pictures_.size() >= kMostPictures) continue;
    if (const auto picture = picture_of(batch, i, runner.model().swaps_channels()))
      pictures_.push_back(answered(*picture, answer, meta));
  }
  runner.hub().update_info("shown_samples", text_);
}

void ShowSamplesHook::after_test_epoch(EvalEnd& point) {
  if (pictures_.empty()) return;
  const RgbImage sheet = sheet_of(pictures_, pictures_.size() > 40 ? kColumnsOfLargeSheet : kColumnsOfSheet);
  Runner& runner = point.runner;
  runner.run_folder().write("samples.png", encode_png(sheet));
  runner.hub().update_info("shown_samples_file", (runner.run_folder().path() / "samples.png").string());
  runner.visualizer().add_image("test/samples", sheet, 0);
}

MILLRACE_REGISTER(Hook, ShowSamplesHook);

}  // namespace millrace
