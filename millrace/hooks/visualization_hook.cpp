#include "millrace/hooks/visualization_hook.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "millrace/data/data_loader.h"
#include "millrace/data/image_keys.h"
#include "millrace/dist/ranks.h"
#include "millrace/io/atomic_file.h"
#include "millrace/io/file.h"
#include "millrace/picture/captioned.h"
#include "millrace/picture/png.h"
#include "millrace/runner/runner.h"
#include "millrace/runner/train_loop.h"
#include "millrace/structures/batch.h"
#include "millrace/vis/sample_picture.h"
#include "millrace/vis/task_view.h"
#include "millrace/vis/visualizer.h"

namespace millrace {

namespace {

constexpr int64_t kSide = 224;  // of the longer edge, where no size is given and the image is smaller

std::string name_of_sample(const Sample& row, int64_t number) {
  const State* path = row.find(keys::img_path);
  if (path && path->is_string()) return std::filesystem::path(path->string()).filename().string();
  return std::to_string(number);
}

}  // namespace

VisualizationHook::VisualizationHook(Options options) : options_(checked<VisualizationHook>(std::move(options))) {}

void VisualizationHook::after_val_iter(EvalIter& point) {
  if (!options_.enable) return;
  Runner& runner = point.runner;
  const int64_t step = !runner.has_train_loop() ? 0 : runner.train_loop().by_epoch() ? runner.epoch() : runner.iter();
  draw(point, Mode::val, step);
}

void VisualizationHook::after_test_iter(EvalIter& point) {
  if (options_.enable) draw(point, Mode::test, 0);
}

int64_t VisualizationHook::longer_edge(const RgbImage& picture) const {
  const int64_t longer = std::max(picture.width(), picture.height());
  const int64_t shorter = std::max<int64_t>(1, std::min(picture.width(), picture.height()));
  if (options_.rescale_factor)
    return std::max<int64_t>(1, std::llround(*options_.rescale_factor * static_cast<double>(longer)));
  if (options_.resize) return std::max<int64_t>(1, *options_.resize * longer / shorter);
  return std::max(kSide, longer);
}

void VisualizationHook::draw(EvalIter& point, Mode mode, int64_t step) {
  const Batch& batch = point.batch;
  const int64_t begin = seen_;
  seen_ += batch.size();
  int64_t number = (begin + options_.interval - 1) / options_.interval * options_.interval;
  if (number >= seen_) return;
  Runner& runner = point.runner;
  const TaskView* view = runner.task_view();
  const Batch shown = for_people(batch);
  for (; number < seen_; number += options_.interval) {
    const int64_t row_number = number - begin;
    if (batch.positions()[static_cast<size_t>(row_number)] < 0) continue;
    const Sample row = shown.row(row_number);
    const std::optional<RgbImage> picture = picture_of(row);
    if (!picture) continue;
    const TaskView::Drawing drawing{.longer_edge = longer_edge(*picture),
                                    .truth = options_.draw_gt,
                                    .prediction = options_.draw_pred,
                                    .score = options_.draw_score};
    const RgbImage page = view ? view->draw(*picture, row, runner.loader(mode).dataset_meta(), drawing)
                               : captioned(*picture, {}, drawing.longer_edge);
    const std::string name = name_of_sample(row, number);
    if (!options_.out_dir) {
      runner.visualizer().add_image(name, page, step);
      continue;
    }
    if (!runner.context().ranks.is_main()) continue;
    io::make_folders(*options_.out_dir);
    io::write_atomically(*options_.out_dir + "/" + name + "_" + std::to_string(step) + ".png", encode_png(page));
  }
}

MILLRACE_REGISTER(Hook, VisualizationHook);

}  // namespace millrace
