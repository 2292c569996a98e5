#include "millrace/hooks/show_samples_hook.h"

#include <fmt/format.h>

#include "millrace/data/data_loader.h"
#include "millrace/hub/message_hub.h"
#include "millrace/runner/runner.h"
#include "millrace/structures/batch.h"

namespace millrace {

namespace {

std::string class_name_of(const State& meta, int64_t label) {
  const State* classes = meta.find("classes");
  if (!classes || !classes->is_sequence() || label < 0 || label >= static_cast<int64_t>(classes->items().size()))
    return std::to_string(label);
  return classes->items()[static_cast<size_t>(label)].string();
}

}  // namespace

ShowSamplesHook::ShowSamplesHook(Options options) : options_(checked<ShowSamplesHook>(std::move(options))) {}

void ShowSamplesHook::before_test(RunPoint&) {
  shown_ = 0;
  text_ = fmt::format("{:>6}  {:<16}{:<16}{:>6}\n", "sample", "truth", "prediction", "score");
}

void ShowSamplesHook::after_test_iter(EvalIter& point) {
  const Batch& batch = point.batch;
  if (shown_ >= options_.count) return;
  if (!batch.has(keys::gt_label) || !batch.has(keys::pred_label) || !batch.has(keys::pred_score)) return;
  const State meta = point.runner.loader(Mode::test).dataset_meta();
  const at::Tensor truth = batch.tensor(keys::gt_label).cpu(), said = batch.tensor(keys::pred_label).cpu();
  const at::Tensor scores = batch.tensor(keys::pred_score).to(at::kDouble).cpu();
  for (int64_t i = 0; i < batch.size() && shown_ < options_.count; ++i) {
    if (batch.positions()[static_cast<size_t>(i)] < 0) continue;
    const int64_t label = said[i].item<int64_t>();
    const bool right = label == truth[i].item<int64_t>();
    text_ += fmt::format("{:>6}  {:<16}{:<16}{:>6.3f}{}\n", batch.positions()[static_cast<size_t>(i)],
                         class_name_of(meta, truth[i].item<int64_t>()), class_name_of(meta, label),
                         scores[i][label].item<double>(), right ? "" : "  wrong");
    ++shown_;
  }
  point.runner.hub().update_info("shown_samples", text_);
}

MILLRACE_REGISTER(Hook, ShowSamplesHook);

}  // namespace millrace
