#include "millrace/nn/init_record.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/mean.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "millrace/base/error.h"

namespace millrace::nn {

namespace {

thread_local InitRecord* innermost_record = nullptr;

double mean_of(const at::Tensor& tensor) {
  const at::NoGradGuard no_grad;
  return tensor.numel() == 0 ? 0 : tensor.mean(at::kDouble).item<double>();
}

}  // namespace

InitRecord::InitRecord(const ModuleView& root) : outer_(std::exchange(innermost_record, this)) {
  for (ModuleView::Named& param : root.all_params()) {
    const int64_t version = static_cast<int64_t>(param.tensor._version());
    const double mean = mean_of(param.tensor);
    entries_.push_back({std::move(param.name), std::move(param.tensor), version, mean, ""});
  }
}

InitRecord::~InitRecord() { innermost_record = outer_; }

InitRecord::Entry* InitRecord::find(const at::Tensor& tensor) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.tensor.is_same(tensor); });
  return found == entries_.end() ? nullptr : &*found;
}

void InitRecord::add_note(const ModuleView& view, const std::string& text) {
  for (const ModuleView::Named& param : view.all_params()) {
    Entry* const entry = find(param.tensor);
    if (!entry) continue;
    const auto version = static_cast<int64_t>(param.tensor._version());
    if (std::exchange(entry->version, version) != version) entry->text = text;
  }
}

void InitRecord::note(const ModuleView& view, const std::string& text) {
  if (innermost_record) innermost_record->add_note(view, text);
}

void InitRecord::close(const ModuleView& root, const std::string& owner) {
  owner_ = owner;
  const std::vector<ModuleView::Named> params = root.all_params();
  for (const ModuleView::Named& param : params)
    if (!find(param.tensor))
      throw Error(fmt::format("init_weights of {} makes a new parameter '{}': optimizers have the one before it", owner,
                              param.name))
          .note("write into the parameter: nn::init::constant_(weight, 0)");
  if (params.size() != entries_.size())
    throw Error(fmt::format("init_weights of {} removes parameters: optimizers have them still", owner));
  add_note(root, fmt::format("Initialized by user-defined `init_weights` in {}", owner));
}

bool InitRecord::has_notes() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.text.empty(); });
}

std::string InitRecord::text() const {
  std::string all = "Name of parameter - Initialization information\n";
  for (const Entry& entry : entries_) {
    all += fmt::format("\n{} - ({}):\n", entry.name, fmt::join(entry.tensor.sizes(), ", "));
    if (entry.text.empty())
      all += fmt::format("The value is the same before and after calling `init_weights` of {}\n", owner_);
    else
      all +=
          fmt::format("{}\nmean {:.3g} before, {:.3g} after\n", entry.text, entry.mean_before, mean_of(entry.tensor));
  }
  return all;
}

}  // namespace millrace::nn
