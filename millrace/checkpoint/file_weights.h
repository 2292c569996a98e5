#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// Which weights a checkpoint holds. It points into the checkpoint, which must outlive it.
///
///     {"state_dict": {…}, "ema_state_dict": {…}}   main: state_dict, others: ema_state_dict
///     {"model": {…}, "optimizer": {…}, "epoch": 3}  main: model, the one dict of tensors
///     {"conv1.weight": tensor, …}                   main: the file itself
///     {"student": {…}, "teacher": {…}}              no main: which of them is meant is for the reader to say
struct FileWeights {
  struct Set {
    std::string key;
    const State* weights;  // a dict of tensors, with at least one
    size_t size() const { return weights->entries().size(); }
  };
  Set main{"", nullptr};      // without weights where it is not known which set is meant; key "": the file itself
  std::vector<Set> others{};  // in the order of the file
};

/// Throws Error with `path` if the file has a `state_dict` that is no dict of tensors, or no weights at all.
FileWeights weights_in(const State& file, const std::string& path);

}  // namespace millrace
