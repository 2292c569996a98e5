#pragma once

#include "millrace/tensor/state.h"

namespace millrace {

/// What a checkpoint says of the data that it was trained on, its meta.dataset_meta: a dict, empty where it says nothing.
/// The names of classes are in `classes`, though files of before MMEngine 1.0 have them as CLASSES.
State data_meta_of(const State& checkpoint);

}  // namespace millrace
