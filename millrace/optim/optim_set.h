#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/hub/run_context.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/state.h"

namespace millrace {

class OptimObserver;
class OptimWrapper;

/// The optimizers of a model by name; usually there is one without a name.
///
///     optims.only().update(losses);
///     optims["generator"].update(losses);
///
/// With several, each update adds only to the gradients of its own parameters, so a GAN's generator loss does not
/// change the gradients of the discriminator.
class OptimSet {
 public:
  struct Entry {
    std::string name;  // "" for the only one
    std::shared_ptr<OptimWrapper> optim;
  };

  OptimSet() = default;
  explicit OptimSet(std::shared_ptr<OptimWrapper> only);
  /// Throws Error if the name exists, or if an optimizer without a name is not the only one.
  void add(std::string name, std::shared_ptr<OptimWrapper> optim);

  /// Throws Error unless there is exactly one.
  OptimWrapper& only() const;
  /// That error, for optimizers of these names.
  static Error not_one(const std::vector<std::string>& names);
  /// Throws Error with the nearest name.
  OptimWrapper& operator[](std::string_view name) const;
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  /// Whether it has one optimizer without a name: then the state and the log have no level of names.
  bool is_single() const { return entries_.size() == 1 && entries_[0].name.empty(); }
  std::span<const Entry> entries() const { return entries_; }

  // For the Runner: each does the same to every member.
  void attach(const RunContext& context);
  void set_observer(OptimObserver* observer);
  void initialize_counts(int64_t done, int64_t max, int64_t epoch_length);
  void zero_grad();
  void before_forward();
  void mark();
  bool go_back();  // false if one of them can't
  void give_up_step();
  void train();
  void eval();

  /// In MMEngine's layout: the state of the only optimizer, or {name: state}.
  State state_dict() const;
  /// Throws Error if the names differ, or the parameters of one.
  void load_state_dict(const State& state);

 private:
  std::vector<Entry> entries_;
};

}  // namespace millrace
