#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "millrace/tensor/state.h"

namespace millrace {

/// The processes that run one training together, seen from one of them.
///
///     ranks.all_reduce_(sum, Ranks::Reduce::sum);                  // in place; the same bits on all ranks
///     const std::vector<State> all = ranks.all_gather(own);        // what every rank has, by rank
///     if (ranks.agree(stop ? 1 : 0) != 0) return;                  // one decision for all
///
/// A collective call returns when every rank has made it, so all ranks make the same calls in the same order. A run has
/// one object, SingleRank if there is one process; components get it from RunContext. Results are not shared: they
/// belong to the caller.
///
/// Tensors are dense, of any dtype, and on the CPU or the run's device; results are on the device of the argument. Not
/// thread-safe: one thread of the rank makes the calls. Each call throws Error with the rank's number if another rank
/// failed or has ended.
class Ranks {
 public:
  enum class Reduce { sum, min, max };

  virtual ~Ranks() = default;

  virtual int rank() const = 0;  // 0 to size() - 1
  virtual int size() const = 0;
  virtual int local_rank() const = 0;  // among the ranks of this machine: it chooses the device
  /// The rank that writes the run folder, the log and the checkpoints.
  bool is_main() const { return rank() == 0; }

  /// Reduces over the ranks, element by element; shapes and dtypes are equal on all ranks.
  virtual void all_reduce_(const at::Tensor& tensor, Reduce reduce) = 0;
  /// The tensors of all ranks, by rank. Their shapes may differ.
  virtual std::vector<at::Tensor> all_gather(const at::Tensor& tensor) = 0;
  /// The states of all ranks, by rank; they may be completely different. Tensors in them may have moved to the CPU.
  virtual std::vector<State> all_gather(const State& state) = 0;
  /// Writes the tensor of rank `from` into that of every rank. Throws Error if shape or dtype differ.
  virtual void broadcast_(const at::Tensor& tensor, int from = 0) = 0;
  /// The state of rank `from`; the arguments of the others are ignored.
  virtual State broadcast(const State& state, int from = 0) = 0;
  /// Returns when all ranks have called it.
  virtual void barrier() = 0;
  /// The greatest value of all ranks: one decision for all.
  virtual int agree(int value) = 0;
};

/// A training in one process: each collective call returns its argument, at no cost.
class SingleRank final : public Ranks {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  int local_rank() const override { return 0; }
  void all_reduce_(const at::Tensor&, Reduce) override {}
  std::vector<at::Tensor> all_gather(const at::Tensor& tensor) override { return {tensor}; }
  std::vector<State> all_gather(const State& state) override { return {state}; }
  void broadcast_(const at::Tensor&, int) override {}
  State broadcast(const State& state, int) override { return state; }
  void barrier() override {}
  int agree(int value) override { return value; }
};

}  // namespace millrace
