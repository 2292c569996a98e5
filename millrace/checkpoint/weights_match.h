#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// A parameter or buffer of a model by its name in the state dict.
using NamedTensor = std::pair<std::string, at::Tensor>;

/// A regular expression (Python's common ones: groups, classes, ^ and $) and what replaces each match, in which \1 or
/// \g<1> means a group.
using ReviseKey = std::pair<std::string, std::string>;

/// Cuts off what DataParallel puts before names. (MMEngine's own default, '^module.', also cuts 'modules_list'.)
std::vector<ReviseKey> default_revise_keys();

/// How the weights of a file fit a model. Nothing is changed until load().
struct WeightsMatch {
  struct Pair {
    std::string name;
    at::Tensor source;  // of the file
    at::Tensor target;  // of the model
  };
  struct Mismatch {
    std::string name;
    std::vector<int64_t> file_shape;
    std::vector<int64_t> model_shape;
  };
  std::vector<Pair> pairs;              // in the order of the model
  std::vector<std::string> missing;     // in the model alone, sorted; num_batches_tracked may be missing
  std::vector<std::string> unexpected;  // in the file alone, sorted
  std::vector<Mismatch> mismatches;     // of another shape, sorted by name

  bool fits() const { return missing.empty() && unexpected.empty() && mismatches.empty(); }

  /// "r50.pth: 2 of 161 tensors do not fit the model", a line for each, and how to go on: to be thrown if the load is
  /// strict, else its text is the warning.
  Error report(const std::string& path, bool is_strict) const;

  /// Copies each pair's source into its target, converted to its dtype and device, without gradient.
  void load() const;
};

/// Compares the dict of tensors of a file, its names revised by `revise_keys` in their order, with the tensors of a
/// model. Throws Error for a pattern that can't be read, and if two tensors of the file get the same name.
WeightsMatch match_weights(const State& weights, std::span<const NamedTensor> model,
                           std::span<const ReviseKey> revise_keys);

}  // namespace millrace
