#include "millrace/zoo/classification/labels.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/error.h"

namespace millrace::classification {
namespace {

[[noreturn]] void refuse_label(int64_t label, int64_t classes, std::string_view owner, bool may_ignore) {
  Error error(fmt::format("{} got the label {}, there are {} classes: 0 to {}", owner, label, classes, classes - 1));
  if (label >= classes) error.help(fmt::format("num_classes={} of the head, if the data are right", label + 1));
  else if (may_ignore) error.note(fmt::format("labels begin at 0; {} leaves a sample out", kIgnoredLabel));
  else error.note("labels begin at 0");
  throw error;
}

}  // namespace

void check_labels(const at::Tensor& labels, int64_t classes, std::string_view owner, std::optional<int64_t> ignored) {
  if (!labels.is_cpu() || c10::isFloatingType(labels.scalar_type())) return;
  const at::Tensor plain = labels.to(at::kLong).contiguous();
  const int64_t* const first = plain.const_data_ptr<int64_t>();
  const auto wrong = std::find_if(first, first + plain.numel(),
                                  [&](int64_t label) { return (label < 0 || label >= classes) && label != ignored; });
  if (wrong != first + plain.numel()) refuse_label(*wrong, classes, owner, ignored.has_value());
}

int64_t named_classes(const State& dataset_meta) {
  if (!dataset_meta.is_dict()) return 0;
  const State* names = dataset_meta.find("classes");
  return names && names->is_sequence() ? static_cast<int64_t>(names->items().size()) : 0;
}

void check_named(int64_t classes, int64_t named, std::string_view owner) {
  if (named == 0 || classes <= named) return;
  throw Error(
      fmt::format("{} got scores of {} classes, and the data name {}: the others would have no name and no label",
                  owner, classes, named))
      .help(fmt::format("num_classes={} in the head of the model", named));
}

}  // namespace millrace::classification
