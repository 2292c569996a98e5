#pragma once

#include <utility>

#include "millrace/model/model.h"
#include "millrace/nn/layer_error.h"

namespace millrace {

/// Runs a step of `model`. What a layer refuses of its input is said with the layer's path in the network.
///
///     with_layer_paths(model, [&] { model.val_step(batch); });
template <class Step>
decltype(auto) with_layer_paths(const Model& model, Step&& step) {
  try {
    return std::forward<Step>(step)();
  } catch (const nn::LayerError& error) {
    throw error.at(model.modules());
  }
}

}  // namespace millrace
