#include "millrace/zoo/classification/view/classification_view.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros.h>
#include <fmt/format.h>

#include <optional>

#include "millrace/picture/captioned.h"
#include "millrace/structures/batch.h"
#include "millrace/zoo/classification/keys.h"
#include "millrace/zoo/classification/view/class_scores.h"
#include "millrace/zoo/classification/view/prediction.h"

namespace millrace::classification {
namespace {

constexpr int64_t kMostClassesCounted = 2000;
constexpr Rgb kRight{5, 110, 75}, kWrong{178, 40, 30};

const at::Tensor* dense_column(const Batch& batch, Key key, int64_t dims) {
  const Column* column = batch.find(key);
  const auto* dense = column ? std::get_if<Dense>(column) : nullptr;
  return dense && dense->values.dim() == dims ? &dense->values : nullptr;
}

std::optional<int64_t> label_of(const Sample& row, Key key) {
  const State* label = row.find(key);
  if (!label) return std::nullopt;
  if (label->is_integer()) return label->integer();
  if (!label->is_tensor() || label->tensor().numel() != 1) return std::nullopt;
  return label->tensor().item<int64_t>();
}

/// A class that is named, and how sure the model is of it, where scores say so.
struct NamedClass {
  int64_t label;
  std::optional<double> score;
};

std::vector<NamedClass> named_classes(const Sample& row, int64_t most) {
  const std::optional<int64_t> label = label_of(row, keys::pred_label);
  if (!row.has(keys::pred_score)) return label ? std::vector<NamedClass>{{*label, {}}} : std::vector<NamedClass>();
  const Prediction prediction = Prediction::of(row, {});
  const auto score_of = [&](int64_t k) -> std::optional<double> {
    if (k < 0 || k >= static_cast<int64_t>(prediction.scores.size())) return std::nullopt;
    return prediction.scores[static_cast<size_t>(k)];
  };
  if (label && most == 1) return {{*label, score_of(*label)}};
  std::vector<NamedClass> named;
  for (const int64_t k : prediction.best(most)) named.push_back({k, score_of(k)});
  return named;
}

Value class_object(const State& dataset_meta, int64_t label, double score) {
  Value object = Value::dict();
  object.as_dict().set("label", label);
  object.as_dict().set("class", class_name_of_label(dataset_meta, label));
  object.as_dict().set("score", score);
  return object;
}

}  // namespace

std::string ClassificationView::line(const Sample& row, const State& dataset_meta, int64_t most) const {
  const Prediction prediction = Prediction::of(row, dataset_meta);
  std::string text;
  for (const int64_t k : prediction.best(most))
    text += fmt::format("{}{} {:.1f}%", text.empty() ? "" : ", ", class_name_of_label(dataset_meta, k),
                        prediction.scores[static_cast<size_t>(k)] * 100);
  return text;
}

Value ClassificationView::object(const Sample& row, const State& dataset_meta, int64_t most) const {
  const Prediction prediction = Prediction::of(row, dataset_meta);
  Value object = class_object(dataset_meta, prediction.label, prediction.score), top = Value::list();
  for (const int64_t k : prediction.best(most))
    top.items().push_back(class_object(dataset_meta, k, prediction.scores[static_cast<size_t>(k)]));
  object.as_dict().set("top", top);
  return object;
}

RgbImage ClassificationView::draw(const RgbImage& picture, const Sample& row, const State& dataset_meta,
                                  const Drawing& drawing) const {
  std::optional<int64_t> truth;
  if (drawing.truth) truth = label_of(row, keys::gt_label);
  std::vector<NamedClass> named;
  if (drawing.prediction) named = named_classes(row, drawing.most);
  std::vector<CaptionLine> lines;
  for (NamedClass& each : named) {
    if (!drawing.score) each.score.reset();
    CaptionLine& line = lines.emplace_back();
    line.text = class_name_of_label(dataset_meta, each.label);
    if (each.score) line.value = fmt::format("{:.1f}%", 100 * *each.score);
    line.share = each.score.value_or(1);
    if (truth) line.bar = truth == each.label ? kRight : kWrong;
  }
  if (truth) lines.push_back({(named.empty() ? "" : "is ") + class_name_of_label(dataset_meta, *truth)});
  return captioned(picture, lines, drawing.longer_edge);
}

std::string ClassificationView::comparison_title() const {
  return fmt::format("{:<16}{:<16}{:>6}", "truth", "prediction", "score");
}

std::string ClassificationView::comparison(const Sample& row, const State& dataset_meta) const {
  const std::optional<int64_t> truth = label_of(row, keys::gt_label);
  const std::vector<NamedClass> named = named_classes(row, 1);
  if (!truth || named.empty() || !named[0].score) return {};
  return fmt::format("{:<16}{:<16}{:>6.3f}{}", class_name_of_label(dataset_meta, *truth),
                     class_name_of_label(dataset_meta, named[0].label), *named[0].score,
                     *truth == named[0].label ? "" : "  wrong");
}

void ClassificationView::begin_report(const State& dataset_meta) {
  dataset_meta_ = dataset_meta;
  counts_ = at::Tensor();
}

void ClassificationView::add_to_report(const Batch& batch) {
  const at::Tensor* labels = dense_column(batch, keys::gt_label, 1);
  const at::Tensor* scores = dense_column(batch, keys::pred_score, 2);
  const at::Tensor* given = dense_column(batch, keys::pred_label, 1);
  if (!labels || (!given && !scores) || batch.size() == 0) return;
  const State* names = dataset_meta_.find("classes");
  const int64_t classes = scores                          ? scores->size(1)
                          : names && names->is_sequence() ? static_cast<int64_t>(names->items().size())
                                                          : 0;
  if (classes < 2 || classes > kMostClassesCounted) return;
  const at::Tensor predicted = given ? given->to(at::kLong) : scores->argmax(1);
  const at::Tensor truth = labels->to(predicted.device(), at::kLong);
  if (!counts_.defined()) counts_ = at::zeros({classes, classes}, truth.options());
  if (counts_.size(0) != classes) return;
  // What is no class counts nowhere: the metrics say what they think of it.
  const at::Tensor known =
      truth.ge(0).logical_and(truth.lt(classes)).logical_and(predicted.ge(0)).logical_and(predicted.lt(classes));
  counts_.view(-1).scatter_add_(0, (truth * classes + predicted).mul(known), known.to(at::kLong));
}

void ClassificationView::absorb(const State& partial) {
  if (partial.is_none()) return;
  const at::Tensor& other = partial.tensor();
  counts_ = counts_.defined() ? counts_ + other.to(counts_.device()) : other.clone();
}

TestReport ClassificationView::report() const {
  TestReport report;
  if (!counts_.defined()) return report;
  const at::Tensor counts = counts_.cpu();
  CountMatrix confusion;
  confusion.counts.assign(counts.const_data_ptr<int64_t>(), counts.const_data_ptr<int64_t>() + counts.numel());
  for (int64_t k = 0; k < counts.size(0); ++k) confusion.names.push_back(class_name_of_label(dataset_meta_, k));

  report.text = class_report(confusion);
  report.files.push_back({"classes.json", counts_json(confusion) + "\n", ""});
  ReportSection section{"Classes", {}};
  if (confusion.size() <= CountMatrix::kMostDrawn) {
    report.files.push_back({"confusion_matrix.svg", matrix_svg(confusion, "confusion matrix"), "confusion matrix"});
    section.parts.emplace_back(confusion);
  }
  section.parts.emplace_back(score_table(confusion));
  report.sections.push_back(std::move(section));
  return report;
}

MILLRACE_REGISTER(TaskView, ClassificationView);

}  // namespace millrace::classification
