#include "millrace/analysis/model_summary.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <unordered_set>

#include "millrace/analysis/flops.h"
#include "millrace/log/table.h"
#include "millrace/model/base_model.h"
#include "millrace/nn/call_observer.h"

namespace millrace {
namespace {

struct Calls {
  int64_t count = 0;
  std::vector<std::vector<int64_t>> outputs;
  std::optional<int64_t> flops = 0;
};

/// Notes what each module was called with.
class CallNotes final : public nn::CallObserver {
 public:
  void after_call(torch::nn::Module& module, std::span<const at::Tensor> inputs,
                  std::span<const at::Tensor> outputs) override {
    Calls& calls = calls_[&module];
    ++calls.count;
    calls.outputs.clear();
    for (const at::Tensor& output : outputs) calls.outputs.push_back(output.sizes().vec());
    if (!module.children().empty()) return;  // what is inside counts
    const std::optional<int64_t> flops = flops_of_call(module, inputs, outputs);
    if (!flops) calls.flops.reset();
    else if (calls.flops) *calls.flops += *flops;
  }
  const Calls* of(const torch::nn::Module* module) const {
    const auto found = calls_.find(module);
    return found == calls_.end() ? nullptr : &found->second;
  }

 private:
  std::unordered_map<const torch::nn::Module*, Calls> calls_;
};

/// Goes through the tree and adds up.
class SummaryMaker {
 public:
  SummaryMaker(ModelSummary& summary, const CallNotes& notes, const torch::nn::Module& root,
               std::optional<int64_t> depth)
      : summary_(summary), notes_(notes), depth_(depth) {
    for (const auto& item : root.named_modules("", /*include_self=*/false)) modules_[item.key()] = item.value().get();
    modules_[""] = &root;
  }

  void visit(const ModuleView& view, int64_t level) {
    const bool is_shown_whole = view.children.empty() || (depth_ && level >= *depth_);
    if (!is_shown_whole) {
      if (!view.params.empty()) {
        // Parameters of a module that has parts, too: a class token.
        ModelSummary::Layer own{view.path, view.type_name, {}, 0, 0, 0};
        add_own(view, own);
        summary_.layers.push_back(std::move(own));
      }
      for (const ModuleView& child : view.children) visit(child, level + 1);
      return;
    }
    ModelSummary::Layer layer{view.path, view.type_name, {}, 0, 0, 0};
    if (const Calls* calls = notes_.of(modules_[view.path])) layer.calls = calls->count, layer.outputs = calls->outputs;
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
    const Calls* calls = notes_.of(modules_[view.path]);
    const bool is_unknown = !view.params.empty() && (!calls || !calls->flops || !view.children.empty());
    if (is_unknown) {
      summary_.unseen.push_back(view.path.empty() ? view.type_name : view.path);
      layer.flops.reset();
    } else if (calls && calls->flops) {
      summary_.flops += *calls->flops;
      if (layer.flops) *layer.flops += *calls->flops;
    }
  }

  ModelSummary& summary_;
  const CallNotes& notes_;
  std::optional<int64_t> depth_;
  std::map<std::string, const torch::nn::Module*> modules_;
  std::unordered_set<const void*> seen_;
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

ModelSummary summarize(BaseModel& model, const at::Tensor& input, std::optional<int64_t> depth) {
  struct ModeBack {
    BaseModel& model;
    bool was_training;
    ~ModeBack() { model.set_training(was_training); }
  } mode_back{model, model.is_training()};
  model.set_training(false);
  const at::NoGradGuard no_grad;
  CallNotes notes;
  {
    const nn::CallObserver::Scope scope(notes);
    model.forward(input);
  }
  ModelSummary summary;
  summary.input = input.sizes().vec();
  SummaryMaker(summary, notes, model, depth).visit(model.modules(), 0);
  return summary;
}

std::string summary_text(const ModelSummary& summary) {
  using enum Table::Align;
  Table table({{"layer", left}, {"type", left}, {"output", left}, {"parameters", right}, {"FLOPs", right}});
  table.add({"input", "", shape_text(summary.input), "", ""});
  for (const ModelSummary::Layer& layer : summary.layers) {
    std::string outputs;
    for (const auto& shape : layer.outputs) outputs += (outputs.empty() ? "" : " ") + shape_text(shape);
    table.add({layer.path, layer.type + (layer.calls > 1 ? fmt::format(" x{}", layer.calls) : ""), outputs,
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
    text += fmt::format("\nThe FLOPs of {} are not counted: {}\n",
                        summary.unseen.size() == 1 ? "one layer with parameters"
                                                   : fmt::format("{} layers with parameters", summary.unseen.size()),
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
