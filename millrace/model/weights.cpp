#include "millrace/model/weights.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/isfinite.h>

#include <cmath>
#include <set>
#include <utility>

#include "millrace/base/text.h"
#include "millrace/checkpoint/checkpoint_file.h"

namespace millrace {

namespace {

thread_local WeightsListener* innermost_listener = nullptr;

State below(const State& weights, const std::string& beginning, const std::string& prefix) {
  State found = State::dict();
  for (const State::Item& item : weights.entries()) {
    const std::string name = beginning + item.key.string();
    if (name.starts_with(prefix)) found[name.substr(prefix.size())] = item.value;
  }
  return found;
}

/// Of the main set; where it has nothing below the prefix, of the others, whose names begin with their key.
State weights_below(const FileWeights& file, std::string prefix, const std::string& source) {
  if (!prefix.ends_with('.')) prefix += '.';
  if (file.main.weights)
    if (State found = below(*file.main.weights, "", prefix); !found.entries().empty()) return found;
  for (const FileWeights::Set& set : file.others)
    if (State found = below(*set.weights, set.key + ".", prefix); !found.entries().empty()) return found;
  Error error(Place(source), "no weight has a name that starts with '" + prefix + "'");
  std::set<std::string> beginnings;
  const auto add = [&](const std::string& name) { beginnings.insert(name.substr(0, name.find('.'))); };
  if (file.main.weights)
    for (const State::Item& item : file.main.weights->entries()) add(item.key.string());
  for (const FileWeights::Set& set : file.others) add(set.key);
  std::vector<std::string> shown(beginnings.begin(), beginnings.end());
  constexpr size_t kMost = 10;
  if (shown.size() > kMost) shown.resize(kMost);
  throw error.note("names begin with " + join(shown) + (beginnings.size() > kMost ? ", …" : ""));
}

bool is_refused(const WeightsMatch& match, Fit fit) {
  switch (fit) {
    case Fit::all:
      return !match.fits();
    case Fit::model:
      return !match.mismatches.empty() || !match.missing.empty();
    case Fit::shapes:
      return !match.mismatches.empty();
    case Fit::any:
      break;
  }
  return false;
}

/// One pass over the values that makes no tensor of their size; a sum of finite values may overflow.
bool may_be_broken(const at::Tensor& tensor) {
  return tensor.is_floating_point() && !std::isfinite(tensor.sum().to(at::kDouble).item<double>());
}

}  // namespace

std::optional<std::string> first_not_finite(const ModuleView& model) {
  const at::NoGradGuard no_grad;
  std::optional<std::string> first;
  model.walk([&](const ModuleView& view) {
    const auto look = [&](const std::vector<ModuleView::Named>& tensors, auto is_broken) {
      for (const ModuleView::Named& each : tensors)
        if (!first && may_be_broken(each.tensor) && is_broken(each.tensor))
          first = view.path.empty() ? each.name : view.path + "." + each.name;
    };
    look(view.params, [](const at::Tensor& values) { return !at::isfinite(values).all().item<bool>(); });
    look(view.buffers, [](const at::Tensor& values) { return values.isnan().any().item<bool>(); });
  });
  return first;
}

void check_finite(const ModuleView& model, const std::string& source) {
  if (const std::optional<std::string> name = first_not_finite(model))
    throw Error(Place(source), "the weights are not finite: the first such tensor is " + *name)
        .note("use an earlier checkpoint of the run");
}

WeightsListener::WeightsListener(Hear hear) : hear_(std::move(hear)), outer_(std::exchange(innermost_listener, this)) {}

WeightsListener::~WeightsListener() { innermost_listener = outer_; }

void WeightsListener::tell(const Notice& notice) {
  if (innermost_listener) innermost_listener->hear_(notice);
}

State state_dict(const ModuleView& model) {
  State::Items items;
  for (const ModuleView::Named& each : model.state()) items.push_back({each.name, each.tensor.detach()});
  return State::dict(std::move(items));
}

WeightsMatch load_weights(const ModuleView& model, const State& source, const LoadWeights& options) {
  FileWeights file = weights_in(source, options.source);
  State part;
  if (!options.prefix.empty()) {
    part = weights_below(file, options.prefix, options.source);
    file = {.main = {"", &part}};
  }
  std::vector<NamedTensor> named;
  for (ModuleView::Named& each : model.state()) named.emplace_back(std::move(each.name), std::move(each.tensor));
  WeightsMatch match = match_weights(file, named, options.revise_keys);
  const bool nothing = match.pairs.empty() && !named.empty();
  if (nothing || is_refused(match, options.fit)) {
    WeightsMisfit misfit = match.refusal(options.source);
    misfit.word({.revise = as_call, .loosen = ".fit = Fit::any"});
    throw misfit;
  }
  match.load();
  WeightsListener::tell(match.summary(options.source));
  return match;
}

WeightsMatch load_weights(const ModuleView& model, const std::string& path, LoadWeights options) {
  options.source = path;
  return load_weights(model, load_checkpoint_file(path), options);
}

}  // namespace millrace
