#include "millrace/runner/eval_losses.h"

#include <algorithm>

#include "millrace/base/class_name.h"
#include "millrace/base/error.h"
#include "millrace/dist/ranks.h"
#include "millrace/model/stepped_model.h"
#include "millrace/structures/loss_map.h"
#include "millrace/tensor/operators.h"

namespace millrace {

void EvalLosses::add(Model& model, Batch& batch) {
  auto* stepped = dynamic_cast<SteppedModel*>(&model);
  if (!stepped)
    throw Error("losses=True needs a model with a `loss` of a batch, which " + class_name_of(typeid(model)) +
                " does not have")
        .help("val_cfg.losses=False");
  const LossMap losses = stepped->loss(batch);
  for (const LossMap::Entry& entry : losses.entries()) {
    const std::string name(entry.name.name());
    auto sum = std::find_if(sums_.begin(), sums_.end(), [&](const Sum& one) { return one.name == name; });
    const at::Tensor value = entry.value.detach().to(at::kDouble);
    if (sum == sums_.end()) sums_.push_back({name, value, 1});
    else sum->sum = sum->sum + value, ++sum->batches;
  }
}

void EvalLosses::give(MetricMap& metrics, Mode mode, Ranks& ranks) {
  State own = State::list();
  for (const Sum& one : sums_) own.push_back(State::list({one.name, one.sum.item<double>(), one.batches}));
  sums_.clear();
  struct Total {
    double sum = 0;
    int64_t batches = 0;
  };
  std::vector<std::pair<std::string, Total>> totals;
  for (const State& rank : ranks.all_gather(own)) {
    for (const State& one : rank.items()) {
      const std::string& name = one.items()[0].string();
      auto total = std::find_if(totals.begin(), totals.end(), [&](const auto& each) { return each.first == name; });
      if (total == totals.end()) total = totals.insert(totals.end(), {name, Total{}});
      total->second.sum += one.items()[1].number();
      total->second.batches += one.items()[2].integer();
    }
  }
  double whole = 0;
  for (const auto& [name, total] : totals) {
    const double mean = total.sum / static_cast<double>(total.batches);
    if (metrics.find(name)) throw Error("a metric and a loss of the model have the name '" + name + "'");
    metrics.add(name, mean);
    if (name.find("loss") != std::string::npos) whole += mean;
  }
  metrics.add(std::string(mode_name(mode)) + "_loss", whole);
}

}  // namespace millrace
