#pragma once

#include "millrace/data/dataset.h"

namespace millrace {

/// Samples that come one after the other, in unknown number: a simulator, a replay buffer, a queue, a growing log.
///
///     class Simulator final : public StreamDataset {
///       bool next(Sample& sample) override {
///         angle_ += 0.01;
///         sample.set("inputs"_key, at::full({1}, angle_));
///         return true;
///       }
///       State state_dict() const override { return angle_; }                  // these two make a resume exact
///       void load_state_dict(const State& state) override { angle_ = state.number(); }
///       double angle_ = 0;
///     };
///
/// The loader calls these functions one at a time and in the order of the samples, for any number of workers; with
/// workers it draws some batches ahead. Transforms run in the workers, at the same time as next(). The sampler is not
/// used.
class StreamDataset : public Dataset {
 public:
  StreamDataset() = default;
  /// Throws Error if the options have indices: samples of a stream have no numbers.
  explicit StreamDataset(const DatasetOptions& options, State own_meta = {});

  /// Fills an empty sample; false at the end of the pass. It may wait for data.
  virtual bool next(Sample& sample) = 0;

  /// Called before the first next() of a pass: a stream with an end restarts here. It is not called if a resume
  /// continues in the middle of a pass and the stream has a state.
  virtual void begin_pass(int64_t) {}

  /// Everything that decides the next samples. None: the stream can't be resumed, and a resumed run warns. With workers
  /// it is called once per batch, so it should be small.
  virtual State state_dict() const { return {}; }
  virtual void load_state_dict(const State&) {}

  /// Called from another thread when the loader stops: a next() that waits for data must return false, and so must each
  /// later one, until reopen(). Samples that were drawn ahead are lost if the stream has no state.
  virtual void cancel() {}
  /// Called before the first next() after a cancel().
  virtual void reopen() {}

  int64_t size() const final { return -1; }
  Sample get(int64_t index) const final;
};

}  // namespace millrace
