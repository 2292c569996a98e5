#include "millrace/analysis/model_summary.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "millrace/analysis/operator_observer.h"
#include "millrace/base/at_end.h"
#include "millrace/log/table.h"
#include "millrace/model/stepped_model.h"
#include "millrace/model/training_modes.h"
#include "millrace/nn/call_observer.h"

namespace millrace {
namespace {

/// What one forward pass told of a module.
struct Note {
  int64_t calls = 0;
  std::vector<std::vector<int64_t>> outputs;
  int64_t flops = 0;
  bool is_reached = false;  // an operator took one of its parameters
  bool is_unknown = false;  // and one that is not libtorch's own: nobody knows what that costs
};

/// Notes the calls of modules, and to whom the cost of each operator belongs: to the module whose parameter it takes,
/// else to the innermost call, else to the model. So layers that no holder of ours calls are counted, too.
class Notes final : public nn::CallObserver, public OperatorObserver {
 public:
  /// `root` must outlive the object.
  explicit Notes(const ModuleView& root) : root_(root) {
    root.walk([&](const ModuleView& part) {
      if (part.module && !of_module_.try_emplace(part.module, &part).second) return;  // under another name
      for (const ModuleView::Named& own : part.params)
        if (own.tensor.has_storage()) owners_[storage_of(own.tensor)].push_back(&part);
    });
  }

  /// The part under its first name, where a module has several.
  const ModuleView& first_of(const ModuleView& part) const {
    const auto found = part.module ? of_module_.find(part.module) : of_module_.end();
    return found == of_module_.end() ? part : *found->second;
  }
  const Note* of(const ModuleView& part) const {
    const auto found = notes_.find(&first_of(part));
    return found == notes_.end() ? nullptr : &found->second;
  }

  void before_call(torch::nn::Module& module, std::span<const at::Tensor>) override {
    running_.push_back(part_of(module));
  }

  void after_call(torch::nn::Module& module, std::span<const at::Tensor>,
                  std::span<const at::Tensor> outputs) override {
    running_.pop_back();
    const ModuleView* part = part_of(module);
    if (!part) return;
    Note& note = notes_[part];
    ++note.calls;
    note.outputs.clear();
    for (const at::Tensor& output : outputs) note.outputs.push_back(output.sizes().vec());
  }

  void after_operator(const Call& call) override {
    const ModuleView* payer = nullptr;
    for (const at::Tensor& input : call.inputs) {
      const ModuleView* const owner = owner_of(input);
      if (!owner) continue;
      if (!payer) payer = owner;
      Note& note = notes_[owner];
      note.is_reached = true;
      if (!call.flops && !call.name.starts_with("aten::")) note.is_unknown = true;
    }
    if (!call.flops) return;
    if (payer && is_seen_by_operators_alone(*payer) && call.output.defined()) {
      Note& note = notes_[payer];
      ++note.calls;
      note.outputs = {call.output.sizes().vec()};
    }
    if (!payer) payer = innermost();
    notes_[payer].flops += *call.flops;
  }

 private:
  static const void* storage_of(const at::Tensor& tensor) { return tensor.storage().unsafeGetStorageImpl(); }

  /// Null for a module that the model has not registered.
  const ModuleView* part_of(const torch::nn::Module& module) const {
    const auto found = of_module_.find(&module);
    return found == of_module_.end() ? nullptr : found->second;
  }

  const ModuleView* innermost() const {
    const auto known = std::find_if(running_.rbegin(), running_.rend(), [](const ModuleView* part) { return part; });
    return known == running_.rend() ? &root_ : *known;
  }

  /// Of a tensor that is a parameter or a view of one; of a shared one that which is being called.
  const ModuleView* owner_of(const at::Tensor& tensor) const {
    if (!tensor.has_storage()) return nullptr;
    const auto found = owners_.find(storage_of(tensor));
    if (found == owners_.end()) return nullptr;
    const bool is_called = !running_.empty() && std::ranges::count(found->second, running_.back()) > 0;
    return is_called ? running_.back() : found->second.front();
  }

  /// A layer whose one operator is its call, where no holder tells of the call.
  bool is_seen_by_operators_alone(const ModuleView& part) const {
    using enum ModuleKind;
    if (std::ranges::count(running_, &part) > 0) return false;
    return part.kind == conv || part.kind == linear || part.kind == norm || part.kind == embedding;
  }

  const ModuleView& root_;
  std::unordered_map<const torch::nn::Module*, const ModuleView*> of_module_;
  std::unordered_map<const void*, std::vector<const ModuleView*>> owners_;
  std::vector<const ModuleView*> running_;  // null: not of the model
  std::unordered_map<const ModuleView*, Note> notes_;
};

/// Goes through the tree and adds up.
class SummaryMaker {
 public:
  SummaryMaker(ModelSummary& summary, const Notes& notes, std::optional<int64_t> depth)
      : summary_(summary), notes_(notes), depth_(depth) {}

  void visit(const ModuleView& view, int64_t level) {
    const bool is_shown_whole = view.children.empty() || (depth_ && level >= *depth_);
    if (!is_shown_whole) {
      const Note* note = notes_.of(view);
      if (!view.params.empty() || (note && note->flops > 0)) {
        // What a module with parts has of its own: a class token, the products of an attention.
        ModelSummary::Layer own{view.path, view.type_name, {}, 0, 0, 0};
        add_own(view, own);
        summary_.layers.push_back(std::move(own));
      }
      for (const ModuleView& child : view.children) visit(child, level + 1);
      return;
    }
    ModelSummary::Layer layer{view.path, view.type_name, {}, 0, 0, 0};
    if (const Note* note = notes_.of(view)) layer.calls = note->calls, layer.outputs = note->outputs;
    view.walk([&](const ModuleView& part) { add_own(part, layer); });
    if (layer.params > 0 || layer.calls > 0) summary_.layers.push_back(std::move(layer));
  }

 private:
  void add_own(const ModuleView& view, ModelSummary::Layer& layer) {
    for (const ModuleView::Named& own : view.params) {
      if (!seen_.insert(own.tensor.unsafeGetTensorImpl()).second) continue;
      layer.params += own.tensor.numel();
      summary_.params += own.tensor.numel();
      summary_.param_bytes += static_cast<int64_t>(own.tensor.nbytes());
      if (own.tensor.requires_grad()) summary_.trainable += own.tensor.numel();
    }
    if (!counted_.insert(&notes_.first_of(view)).second) return;  // under another name
    const Note* note = notes_.of(view);
    if (!view.params.empty() && (!note || !note->is_reached || note->is_unknown)) {
      summary_.unseen.push_back(view.path.empty() ? view.type_name : view.path);
      layer.flops.reset();
    } else if (note) {
      summary_.flops += note->flops;
      if (layer.flops) *layer.flops += note->flops;
    }
  }

  ModelSummary& summary_;
  const Notes& notes_;
  std::optional<int64_t> depth_;
  std::unordered_set<const void*> seen_;
  std::unordered_set<const ModuleView*> counted_;
};

std::string grouped_digits(int64_t number) {
  std::string digits = std::to_string(number);
  for (int64_t at = static_cast<int64_t>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<size_t>(at), ",");
  return digits;
}

std::string shape_text(const std::vector<int64_t>& shape) { return fmt::format("({})", fmt::join(shape, ", ")); }

std::string rounded(double number) {
  for (const auto& [size, letter] : {std::pair(1e12, "T"), {1e9, "G"}, {1e6, "M"}, {1e3, "k"}})
    if (number >= size) return fmt::format("{:.4g} {}", number / size, letter);
  return fmt::format("{:.0f} ", number);
}

}  // namespace

ModelSummary summarize(SteppedModel& model, const at::Tensor& input, std::optional<int64_t> depth) {
  const AtEnd mode_back([&, before = TrainingModes(model)] { before.restore(model); });
  model.set_training(false);
  const at::NoGradGuard no_grad;
  const ModuleView view = model.modules();
  Notes notes(view);
  {
    const nn::CallObserver::Scope calls(notes);
    const OperatorObserver::Scope operators(notes);
    model.forward(input);
  }
  ModelSummary summary;
  summary.input = input.sizes().vec();
  SummaryMaker(summary, notes, depth).visit(view, 0);
  return summary;
}

std::string summary_text(const ModelSummary& summary) {
  using enum Table::Align;
  Table table({{"layer", left}, {"type", left}, {"output", left}, {"parameters", right}, {"FLOPs", right}});
  table.add({"input", "", shape_text(summary.input), "", ""});
  for (const ModelSummary::Layer& layer : summary.layers) {
    std::string outputs;
    for (const auto& shape : layer.outputs) outputs += (outputs.empty() ? "" : " ") + shape_text(shape);
    table.add({layer.path.empty() ? "(model)" : layer.path,
               layer.type + (layer.calls > 1 ? fmt::format(" x{}", layer.calls) : ""), outputs,
               grouped_digits(layer.params), layer.flops ? grouped_digits(*layer.flops) : "?"});
  }
  Table totals({{""}, {""}});
  totals.add({"parameters", fmt::format("{} ({:.2f} MiB)", grouped_digits(summary.params),
                                        static_cast<double>(summary.param_bytes) / (1 << 20))});
  if (summary.trainable != summary.params) totals.add({"trainable", grouped_digits(summary.trainable)});
  totals.add(
      {"FLOPs", fmt::format("{} ({}), a multiplication with its addition counts as one", grouped_digits(summary.flops),
                            rounded(static_cast<double>(summary.flops)) + "FLOPs")});
  std::string text = table.str() + "\n" + totals.str();
  if (!summary.unseen.empty())
    text +=
        fmt::format("\nNot counted, because forward does not reach them or their operator is not one of libtorch: {}\n",
                    fmt::join(summary.unseen, ", "));
  return text;
}

std::string summary_json(const ModelSummary& summary) {
  using Json = nlohmann::ordered_json;
  Json layers = Json::array();
  for (const ModelSummary::Layer& layer : summary.layers)
    layers.push_back({{"path", layer.path},
                      {"type", layer.type},
                      {"outputs", layer.outputs},
                      {"calls", layer.calls},
                      {"params", layer.params},
                      {"flops", layer.flops ? Json(*layer.flops) : Json(nullptr)}});
  const Json json = {{"input", summary.input},         {"params", summary.params},
                     {"trainable", summary.trainable}, {"param_bytes", summary.param_bytes},
                     {"flops", summary.flops},         {"unseen", summary.unseen},
                     {"layers", std::move(layers)}};
  return json.dump() + "\n";
}

}  // namespace millrace
