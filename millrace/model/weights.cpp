#include "millrace/model/weights.h"

#include <utility>

#include "millrace/checkpoint/checkpoint_file.h"

namespace millrace {

namespace {

State weights_below(const State& weights, std::string prefix, const std::string& source) {
  if (!prefix.ends_with('.')) prefix += '.';
  State below = State::dict();
  for (const State::Item& item : weights.entries())
    if (item.key.is_string() && item.key.string().starts_with(prefix))
      below[item.key.string().substr(prefix.size())] = item.value;
  if (below.entries().empty()) throw Error(Place(source), "no weight has a name that starts with '" + prefix + "'");
  return below;
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

}  // namespace

State state_dict(const ModuleView& model) {
  State::Items items;
  for (const ModuleView::Named& each : model.state()) items.push_back({each.name, each.tensor.detach()});
  return State::dict(std::move(items));
}

WeightsMatch load_weights(const ModuleView& model, const State& source, const LoadWeights& options) {
  const State& whole = weights_of(source, options.source);
  std::vector<NamedTensor> named;
  for (ModuleView::Named& each : model.state()) named.emplace_back(std::move(each.name), std::move(each.tensor));
  WeightsMatch match = options.prefix.empty() ? match_weights(whole, named, options.revise_keys)
                                              : match_weights(weights_below(whole, options.prefix, options.source),
                                                              named, options.revise_keys);
  const bool nothing = match.pairs.empty() && !named.empty();
  if (nothing || is_refused(match, options.fit)) throw match.report(options.source, /*is_strict=*/true);
  match.load();
  return match;
}

WeightsMatch load_weights(const ModuleView& model, const std::string& path, LoadWeights options) {
  options.source = path;
  return load_weights(model, load_checkpoint_file(path), options);
}

}  // namespace millrace
