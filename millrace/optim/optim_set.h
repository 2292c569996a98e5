#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "millrace/hub/run_context.h"
#include "millrace/tensor/precision.h"
#include "millrace/tensor/state.h"

namespace millrace {

class OptimObserver;
class OptimWrapper;

/// The optimizers of a model by name. One without a name is the ordinary case.
///
///     optims.only().update(losses);
///     optims["generator"].update(losses);
///
/// With several, each update adds to the gradients of its own parameters alone, so that a GAN's generator loss leaves
/// nothing behind in the discriminator.
class OptimSet {
 public:
  struct Entry {
    std::string name;  // "" for the only one
    std::shared_ptr<OptimWrapper> optim;
  };

  OptimSet() = default;
  explicit OptimSet(std::shared_ptr<OptimWrapper> only);
  /// Throws Error if the name is taken, or if a nameless one is not alone.
  void add(std::string name, std::shared_ptr<OptimWrapper> optim);

  /// Throws Error if there are several (or none).
  OptimWrapper& only() const;
  /// Throws Error naming the nearest one.
  OptimWrapper& operator[](std::string_view name) const;
  bool empty() const { return entries_.empty(); }
  size_t size() const { return entries_.size(); }
  /// Whether it is one without a name: its state and its log are flat.
  bool is_single() const { return entries_.size() == 1 && entries_[0].name.empty(); }
  std::span<const Entry> entries() const { return entries_; }

  // For the Runner: each does the same to every member.
  void attach(const RunContext& context);
  void set_observer(OptimObserver* observer);
  void initialize_counts(int64_t done, int64_t max);
  void scale_lr(double ratio);
  void zero_grad();
  void before_forward();
  void train();
  void eval();

  /// MMEngine's layout: the one optimizer's state, or {name: state}.
  State state_dict() const;
  /// Throws Error if the names, or the parameters of one, are others.
  void load_state_dict(const State& state);

 private:
  std::vector<Entry> entries_;
};

}  // namespace millrace
