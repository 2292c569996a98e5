#pragma once

#include "millrace/data/dataset.h"

namespace millrace {

/// Samples that come one after the other, nobody knows how many: a simulator, a replay buffer, a queue, a log that
/// grows.
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
/// The loader calls these functions one at a time and in the order of the samples, whatever the number of workers; with
/// workers it draws some batches ahead. Transforms run in the workers, beside next(). The sampler has no say.
class StreamDataset : public Dataset {
 public:
  using Dataset::Dataset;

  /// Fills an empty sample; false: the pass has no more. It may wait for data.
  virtual bool next(Sample& sample) = 0;

  /// Called before the first next() of a pass that begins: a stream that ends begins anew here. A pass that a resume
  /// enters in the middle does not begin, if the stream has a state.
  virtual void begin_pass(int64_t) {}

  /// All that decides the samples to come; none: the stream can't be resumed, and a resumed run is told so. With
  /// workers it is taken once a batch, so it should be small.
  virtual State state_dict() const { return {}; }
  virtual void load_state_dict(const State&) {}

  /// Called from another thread when the loader stops: a next() that waits for data returns false, and so does each
  /// after it, until reopen(). Samples that were drawn ahead are lost, if the stream has no state.
  virtual void cancel() {}
  /// Called before the first next() that follows a cancel().
  virtual void reopen() {}

  int64_t size() const final { return -1; }
  Sample get(int64_t index) const final;
};

}  // namespace millrace
