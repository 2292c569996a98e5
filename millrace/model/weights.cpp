#include "millrace/model/weights.h"

#include <utility>

namespace millrace {

State state_dict(const ModuleView& model) {
  State::Items items;
  for (const ModuleView::Named& each : model.state()) items.push_back({each.name, each.tensor.detach()});
  return State::dict(std::move(items));
}

WeightsMatch load_weights(const ModuleView& model, const State& weights, const LoadWeights& options) {
  if (!weights.is_dict()) {
    Error error("a state dict is a dict of tensors, this is a " + weights.kind_name());
    if (!options.source.empty()) error.locate(Place(options.source));
    throw error;
  }
  std::vector<NamedTensor> named;
  for (ModuleView::Named& each : model.state()) named.emplace_back(std::move(each.name), std::move(each.tensor));
  WeightsMatch match = match_weights(weights, named, options.revise_keys);
  const bool nothing = match.pairs.empty() && !named.empty();
  if (nothing || (options.strict && !match.fits())) throw match.report(options.source, /*is_strict=*/true);
  match.load();
  return match;
}

}  // namespace millrace
