#include "millrace/hooks/show_samples_hook.h"

#include <fmt/format.h>

#include "millrace/data/data_loader.h"
#include "millrace/hub/message_hub.h"
#include "millrace/log/logger.h"
#include "millrace/picture/png.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"
#include "millrace/vis/sample_picture.h"
#include "millrace/vis/task_view.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

constexpr size_t kMostPictures = 200;
constexpr int64_t kColumnsOfSheet = 5, kColumnsOfLargeSheet = 10;
constexpr int64_t kSideOnSheet = 140;

}  // namespace

ShowSamplesHook::ShowSamplesHook(Options options) : options_(checked<ShowSamplesHook>(std::move(options))) {}

void ShowSamplesHook::before_test(RunPoint& point) {
  shown_ = 0;
  pictures_.clear();
  text_.clear();
  if (const TaskView* view = point.runner.task_view())
    text_ = fmt::format("{:>6}  {}\n", "sample", view->comparison_title());
  else point.runner.logger().warning("no samples are shown: the model has no task view");
}

void ShowSamplesHook::after_test_iter(EvalIter& point) {
  Runner& runner = point.runner;
  const TaskView* view = runner.task_view();
  if (!view || shown_ >= options_.count) return;
  const Batch batch = for_people(point.batch);
  const State& meta = runner.loader(Mode::test).dataset_meta();
  for (int64_t i = 0; i < batch.size() && shown_ < options_.count; ++i) {
    const int64_t position = batch.positions()[static_cast<size_t>(i)];
    if (position < 0) continue;
    const Sample row = batch.row(i);
    const std::string line = view->comparison(row, meta);
    if (line.empty()) continue;
    text_ += fmt::format("{:>6}  {}\n", position, line);
    ++shown_;
    if (pictures_.size() >= kMostPictures) continue;
    if (const auto picture = picture_of(row))
      pictures_.push_back(view->draw(*picture, row, meta, {.longer_edge = kSideOnSheet}));
  }
  if (shown_ > 0) runner.hub().update_info("shown_samples", text_);
}

void ShowSamplesHook::after_test_epoch(EvalEnd& point) {
  if (pictures_.empty()) return;
  const RgbImage sheet = sheet_of(pictures_, pictures_.size() > 40 ? kColumnsOfLargeSheet : kColumnsOfSheet);
  Runner& runner = point.runner;
  runner.write_file("pictures", "samples.png", encode_png(sheet));
  runner.visualizer().add_image("test/samples", sheet, 0);
}

MILLRACE_REGISTER(Hook, ShowSamplesHook);

}  // namespace millrace
