#include "millrace/model/weights.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "millrace/base/error.h"

namespace millrace {
namespace {

constexpr size_t kShownTensors = 20;

std::string shape_text(const at::Tensor& tensor) { return fmt::format("({})", fmt::join(tensor.sizes(), ", ")); }

void check_dict_of_tensors(const State& weights, const std::string& where) {
  if (!weights.is_dict()) throw Error(where + "a state dict is a dict of tensors, this is a " + weights.kind_name());
  for (const State::Item& item : weights.entries())
    if (!item.key.is_string() || !item.value.is_tensor())
      throw Error(where + "a state dict is a dict of tensors; " +
                  (item.key.is_string() ? "'" + item.key.string() + "' is a " + item.value.kind_name()
                                        : "a key of it is a " + item.key.kind_name()));
}

[[noreturn]] void refuse(const LoadedWeights& result, size_t model_tensors, const std::string& where, bool strict) {
  const size_t wrong = result.missing.size() + result.unexpected.size() + result.misshapen.size();
  Error error(fmt::format("{}{} of {} tensors do not fit the model", where, wrong, model_tensors));
  size_t width = 0;
  for (const auto* names : {&result.missing, &result.unexpected})
    for (const std::string& name : *names) width = std::max(width, name.size());
  std::vector<std::string> lines = result.misshapen;
  for (const std::string& name : result.missing) lines.push_back(fmt::format("{:<{}}    not in the file", name, width));
  for (const std::string& name : result.unexpected) lines.push_back(fmt::format("{:<{}}    not in the model", name, width));
  for (size_t i = 0; i < std::min(lines.size(), kShownTensors); ++i) error.note(lines[i]);
  if (lines.size() > kShownTensors) error.note(fmt::format("… and {} more", lines.size() - kShownTensors));
  if (strict && result.loaded > 0)
    error.help(fmt::format("strict=False loads the other {} and keeps these as initialised", result.loaded));
  throw error;
}

}  // namespace

State state_dict(const ModuleView& model) {
  State::Items items;
  for (const ModuleView::Named& each : model.state()) items.push_back({each.name, each.tensor.detach()});
  return State::dict(std::move(items));
}

LoadedWeights load_weights(const ModuleView& model, const State& weights, const LoadWeights& options) {
  const std::string where = options.source.empty() ? "" : options.source + ": ";
  check_dict_of_tensors(weights, where);
  std::unordered_map<std::string, const at::Tensor*> given;
  for (const State::Item& item : weights.entries()) given[item.key.string()] = &item.value.tensor();

  LoadedWeights result;
  const std::vector<ModuleView::Named> wanted = model.state();
  std::vector<std::pair<at::Tensor, at::Tensor>> copies;
  std::vector<std::array<std::string, 3>> misshapen;
  for (const ModuleView::Named& own : wanted) {
    const auto found = given.find(own.name);
    if (found == given.end()) {
      if (!own.name.ends_with("num_batches_tracked")) result.missing.push_back(own.name);
      continue;
    }
    if (found->second->sizes() == own.tensor.sizes()) copies.emplace_back(own.tensor, *found->second);
    else misshapen.push_back({own.name, shape_text(*found->second), shape_text(own.tensor)});
    given.erase(found);
  }
  std::array<size_t, 2> widths{};
  for (const auto& row : misshapen)
    for (size_t i = 0; i < 2; ++i) widths[i] = std::max(widths[i], row[i].size());
  for (const auto& row : misshapen)
    result.misshapen.push_back(fmt::format("{:<{}}    file {:<{}}  model {}", row[0], widths[0], row[1], widths[1], row[2]));
  for (const State::Item& item : weights.entries())
    if (given.count(item.key.string())) result.unexpected.push_back(item.key.string());
  result.loaded = static_cast<int64_t>(copies.size());

  const bool nothing = copies.empty() && !wanted.empty();
  if (nothing || (options.strict && !result.complete())) refuse(result, wanted.size(), where, options.strict);
  const at::NoGradGuard no_grad;
  for (auto& [to, from] : copies) to.copy_(from);
  return result;
}

}  // namespace millrace
