#include "millrace/checkpoint/averages.h"

#include <string_view>
#include <utility>

#include "millrace/base/error.h"

namespace millrace {

namespace {

constexpr std::string_view kTrainedPrefix = "module.";

/// Calls `visit(average, trained)` for each name of both sets; whether there is one.
template <class Checkpoint, class Visit>
bool for_each_averaged(Checkpoint& checkpoint, const Visit& visit) {
  auto* const trained = checkpoint.find("ema_state_dict");
  auto* const averages = checkpoint.find("state_dict");
  if (!trained || !trained->is_dict() || !averages || !averages->is_dict()) return false;
  bool found = false;
  for (auto& item : trained->entries()) {
    if (!item.key.is_string() || !item.key.string().starts_with(kTrainedPrefix)) continue;
    auto* const average = averages->find(item.key.string().substr(kTrainedPrefix.size()));
    if (!average) continue;
    found = true;
    visit(*average, item.value);
  }
  return found;
}

}  // namespace

bool has_averages(const State& checkpoint) {
  return for_each_averaged(checkpoint, [](const State&, const State&) {});
}

void exchange_averages(State& checkpoint) {
  for_each_averaged(checkpoint, [](State& average, State& trained) { std::swap(average, trained); });
}

void take_weights(State& checkpoint, WeightSet wanted, const std::string& source) {
  const bool has_both = has_averages(checkpoint);
  if (wanted == WeightSet::averaged && !has_both)
    throw Error(Place(source), "there are no averaged weights: the run was trained without an EMAHook")
        .note("the weights that were trained are in the file");
  if (wanted == WeightSet::trained) exchange_averages(checkpoint);
}

State averages_alone(State checkpoint, const std::string& source) {
  take_weights(checkpoint, WeightSet::averaged, source);
  State alone = State::dict();
  for (const char* key : {"meta", "state_dict"})
    if (State* part = checkpoint.find(key)) alone[key] = std::move(*part);
  return alone;
}

}  // namespace millrace
