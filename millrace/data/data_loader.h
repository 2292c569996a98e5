#pragma once

#include <c10/core/Device.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/data/dataset.h"
#include "millrace/data/loader_options.h"
#include "millrace/data/prefetcher.h"
#include "millrace/data/row_order.h"

namespace millrace {

class StreamDataset;

/// What a loader knows of the run that it belongs to.
struct LoaderContext {
  uint64_t seed = 0;  // the same on all ranks
  Rng::Stream stream = Rng::Stream::train;
  c10::Device device = c10::Device(c10::kCPU);  // where batches go: for CUDA they lie in pinned memory
  std::optional<int64_t> limit_batches;         // of each pass
  int rank = 0;
  int world_size = 1;
};

/// Gives a dataset's samples as batches, made by threads in the background.
///
///     DataLoader loader({.dataset = data, .batch_size = 64}, {.seed = 7});
///     for (Batch& batch : loader.from(0)) …                              // one pass
///     loader.start(3, 40);                                               // pass 3 from its batch 40 on
///     while (Batch* batch = loader.next()) …
///
/// What a batch holds depends on the seed, the pass and its number alone: not on the number of workers, nor on where a run
/// was resumed. Batches are on the CPU, and on the way no gradients are recorded. An exception of a dataset or a transform
/// arrives at next() when its batch is due, and says which sample it was.
///
/// For one thread; a pass that is not gone through to its end ends with stop(), the next start() or the loader.
class DataLoader {
 public:
  using Options = LoaderOptions;

  /// Builds dataset and sampler.
  explicit DataLoader(const Options& options, const LoaderContext& context = {});
  ~DataLoader();
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// Batches in a pass; -1: nobody knows (a stream without a limit).
  int64_t length() const;

  /// The next batch will be number `batch` of pass `pass`, both counted from 0.
  void start(int64_t pass, int64_t batch);
  /// Null at the end of the pass. The batch is valid until the next call and may be changed or moved from.
  Batch* next();
  /// Ends the pass and waits for the workers. Needs no start().
  void stop();

  /// What a resume needs beside the pass and the number of the batch: of the batches given out, not of those made ahead.
  State state() const;
  /// For the next start(). Returns what a user should know: that the data differ, or that a stream begins anew.
  std::vector<std::string> load_state(const State& state);

  const Dataset& dataset() const { return *dataset_; }
  const State& dataset_meta() const { return dataset_->meta(); }

  /// A pass, or the rest of one, for a range-for; leaving the loop ends it.
  class Pass;
  Pass from(int64_t pass, int64_t batch = 0);

 private:
  bool take_draft(Draft& draft);
  bool take_stream_draft(Draft& draft);
  void start_stream(int64_t pass, int64_t batch);
  bool make_next();

  const LoaderOptions options_;
  const LoaderContext context_;
  std::shared_ptr<Dataset> dataset_;
  StreamDataset* stream_ = nullptr;  // the dataset, if it is one
  std::optional<RowOrder> order_;    // of a map-style dataset
  std::optional<BatchMaker> maker_;

  // Of the pass at hand; with workers, a draft is taken by one of them.
  bool is_running_ = false;
  int64_t pass_ = 0, batch_ = 0;
  int64_t drawn_ = 0;  // samples of a stream, in the whole run
  bool stream_begun_ = false, stream_ended_ = false;
  std::atomic<bool> never_stopped_{false};
  std::unique_ptr<Prefetcher> prefetcher_;
  Draft draft_;

  // Of what was given out.
  Prefetcher::Made made_;
  std::optional<State> loaded_stream_;
};

class DataLoader::Pass {
 public:
  explicit Pass(DataLoader& loader) : loader_(loader) {}
  ~Pass() { loader_.stop(); }
  Pass(const Pass&) = delete;
  Pass& operator=(const Pass&) = delete;

  struct End {};
  class Iterator {
   public:
    explicit Iterator(DataLoader& loader) : loader_(loader), batch_(loader.next()) {}
    Batch& operator*() const { return *batch_; }
    Iterator& operator++() {
      batch_ = loader_.next();
      return *this;
    }
    friend bool operator!=(const Iterator& it, End) { return it.batch_ != nullptr; }

   private:
    DataLoader& loader_;
    Batch* batch_;
  };
  Iterator begin() { return Iterator(loader_); }
  End end() { return {}; }

 private:
  DataLoader& loader_;
};

}  // namespace millrace
