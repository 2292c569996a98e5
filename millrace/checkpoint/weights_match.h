#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/checkpoint/file_weights.h"
#include "millrace/log/notice.h"

namespace millrace {

/// A parameter or buffer of a model by its name in the state dict.
using NamedTensor = std::pair<std::string, at::Tensor>;

/// A regular expression (in Python's syntax: groups, classes, ^ and $) and the replacement of each match, in which \1
/// or \g<1> is a group.
using ReviseKey = std::pair<std::string, std::string>;

/// What is wrong with the first pattern that can't be read: "" if nothing.
std::string flaw_of(std::span<const ReviseKey> revise_keys);

/// How somebody can ask for another load, in words that can be typed where he asked: calls, keys or flags.
struct WeightsWords {
  std::function<std::string(std::span<const ReviseKey>)> revise;
  std::string loosen{};  // "load_strict=False"; "" where no load is less strict
};

/// A load of weights that was refused. The error lists what does not fit; who asked for the load adds the help.
///
///     try {
///       load_weights(net->modules(), checkpoint, {.source = "r50.pth"});
///     } catch (WeightsMisfit& misfit) {
///       misfit.word({.revise = as_python_list, .loosen = "load_strict=False"});
///       throw;
///     }
class WeightsMisfit final : public Error {
 public:
  explicit WeightsMisfit(Error error) : Error(std::move(error)) {}
  /// Replaces the help line; without one where neither way would help.
  void word(const WeightsWords& words);

  std::vector<ReviseKey> revision{};  // would give most names of the file the form of the model's; empty: none is known
  size_t loadable = 0;                // tensors that a less strict load would take
};

/// "[(r'^model\.', '')]".
std::string as_python_list(std::span<const ReviseKey> revise_keys);
/// ".revise_keys = {{R"(^model\.)", ""}}".
std::string as_call(std::span<const ReviseKey> revise_keys);

/// The match of the weights in a file with a model. Only load() changes the model.
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
  std::vector<std::string> missing;     // in the model alone, sorted; without num_batches_tracked
  std::vector<std::string> unexpected;  // in the file alone, sorted
  std::vector<Mismatch> mismatches;     // of another shape, sorted by name
  size_t missing_counts = 0;            // num_batches_tracked that older files lack
  std::string set{};                    // key of the weights in the file; "" for the file itself
  std::vector<std::string> unread{};    // keys of other weights in the file
  std::vector<ReviseKey> revise_keys{};

  bool fits() const { return missing.empty() && unexpected.empty() && mismatches.empty(); }
  size_t model_size() const { return pairs.size() + missing.size() + mismatches.size() + missing_counts; }
  /// The revise_keys and one more that would make most of the missing names out of others of the file; empty: none.
  std::vector<ReviseKey> better_keys() const;

  /// "Loaded 118 of 120 tensors from r50.pth", and a line for each tensor that was not, 30 at most. A warning if the
  /// model lacks some of its own.
  Notice summary(const std::string& path) const;
  /// "r50.pth: 2 of 161 tensors do not fit the model", and the same lines.
  WeightsMisfit refusal(const std::string& path) const;

  /// Copies each pair's source into its target, converted to its dtype and device, without gradient.
  void load() const;
};

/// Compares the tensors of a file, their names revised by `revise_keys` in their order, with those of a model.
///
/// A name that the model does not have loses what wrappers of PyTorch add to it, if the rest is a name of the model:
/// `module.` at its beginning (DataParallel), `_orig_mod.` (torch.compile), `_fsdp_wrapped_module.` and
/// `_checkpoint_wrapped_module.` anywhere. Of a set that is not the main one, names begin with its key and a dot:
/// revise_keys `^ema_state_dict\.` takes the averaged weights instead.
/// Throws Error for a pattern that can't be read, and if two tensors of the file get the same name.
WeightsMatch match_weights(const FileWeights& file, std::span<const NamedTensor> model,
                           std::span<const ReviseKey> revise_keys);

}  // namespace millrace
