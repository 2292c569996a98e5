#pragma once

#include <string>

#include "millrace/tensor/state.h"

namespace millrace {

/// A checkpoint of a run that averages its weights has two sets of them, in MMEngine's layout:
///
///     {"state_dict": {NAME: average, …}, "ema_state_dict": {"steps": (), "module.NAME": weight that was trained, …}}
///
/// So whoever reads only the state_dict gets the averages, and a resume finds the rest.
enum class WeightSet { averaged, trained };

bool has_averages(const State& checkpoint);
/// Exchanges the tensors of the two sets, name by name: it turns one layout into the other, and back.
void exchange_averages(State& checkpoint);
/// Makes `state_dict` the wanted set; without averages the weights that were trained are all there is. Throws Error, with
/// `source`, if averages are wanted and there are none.
void take_weights(State& checkpoint, WeightSet wanted, const std::string& source);
/// What is left for use: {meta, state_dict: the averages}. Throws Error as take_weights.
State averages_alone(State checkpoint, const std::string& source);

}  // namespace millrace
