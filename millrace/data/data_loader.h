#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/data/batch_sampler.h"
#include "millrace/data/dataset.h"
#include "millrace/data/loader_options.h"
#include "millrace/data/sampler.h"

namespace millrace {

/// What a loader knows about its run.
struct LoaderContext {
  uint64_t seed = 0;  // the same on all ranks
  Mode mode = Mode::train;
  c10::Device device = c10::Device(c10::kCPU);  // where batches are used: for CUDA they are made in pinned memory
  std::optional<int64_t> limit_batches;         // of each pass
  int rank = 0;
  int world_size = 1;
};

struct NamedMeta;

/// Gives the samples of a dataset as batches, which threads make in the background.
///
///     DataLoader loader({.dataset = data, .batch_size = 64}, {.seed = 7});
///     for (Batch& batch : loader.from(0)) train(batch);                  // one pass
///     loader.start(3, 40);                                               // pass 3 from its batch 40 on
///     while (Batch* batch = loader.next()) train(*batch);
///
/// The content of a batch depends only on the seed, the pass and its number, not on the number of workers or on where a
/// run was resumed. Batches are on the CPU; workers record no gradients. An exception of a dataset or a transform is
/// thrown by next() when its batch is due, and names the sample.
///
/// For one thread. If you leave a pass before its end, it ends with stop(), the next start() or the loader.
class DataLoader {
 public:
  struct Options {
    Required<Component<Dataset>> dataset;
    int64_t batch_size = 1;
    int num_workers = 0;
    Component<Sampler> sampler{};
    bool drop_last = false;
    std::optional<int64_t> num_batch_per_epoch;
    static constexpr int64_t kPrefetchFactor = 4;
    std::optional<int64_t> prefetch_factor = kPrefetchFactor;
    std::optional<Component<CollateFn>> collate_fn;
    std::optional<Component<BatchSampler>> batch_sampler;

    template <class Fields>
    static void describe(Fields& f) {
      using O = Options;
      f("dataset", &O::dataset, "where samples come from");
      f("batch_size", &O::batch_size, "samples of a batch, on each rank").at_least(1);
      f("num_workers", &O::num_workers,
        "threads that make batches in the background; 0: the training thread makes them")
          .at_least(0);
      f("sampler", &O::sampler,
        "which samples, in which order; None: DefaultSampler, which shuffles only training data");
      f("drop_last", &O::drop_last, "leave out a last batch that is not full");
      f("num_batch_per_epoch", &O::num_batch_per_epoch, "use only the first samples, enough for this many batches")
          .at_least(1);
      f("prefetch_factor", &O::prefetch_factor, "batches made ahead, for each worker; None: 4").at_least(1);
      f("collate_fn", &O::collate_fn, "batches are always columns");
      f("batch_sampler", &O::batch_sampler, "which rows of the sampler go together; None: consecutive ones");
      f.ignore("pin_memory", "batches for a CUDA device are always in pinned memory");
      f.ignore("persistent_workers", "workers are threads, which cost nothing to start");
      f.ignore("worker_init_fn", "workers have no random state");
      f.ignore("disable_subprocess_warning", "workers are threads");
      f.ignore("multiprocessing_context", "workers are threads");
      f.ignore("timeout", "a worker that fails reports it at once");
    }
    static void check(const Options& options, Complaints& complaints);
  };

  /// Builds dataset and sampler.
  explicit DataLoader(const Options& options, const LoaderContext& context = {});
  ~DataLoader();
  DataLoader(const DataLoader&) = delete;
  DataLoader& operator=(const DataLoader&) = delete;

  /// Samples of a full batch.
  int64_t batch_size() const;
  /// Batches in a pass; -1 if unknown (a stream without a limit).
  int64_t length() const;
  /// Samples of the last batch of each pass; -1: nobody knows before it is there.
  int64_t last_batch_rows() const;

  /// The next batch will be number `batch` of pass `pass`, both counted from 0.
  /// For a few batches alone, the calling thread makes them: workers would make many ahead.
  enum class Makers { workers, caller };
  void start(int64_t pass, int64_t batch, Makers makers = Makers::workers);
  /// Null at the end of the pass. The batch is valid until the next call and may be changed or moved from.
  Batch* next();
  /// Ends the pass and waits for the workers. Needs no start().
  void stop();

  /// The state that a resume needs beside the pass and the number of the batch. It is the state after the last batch
  /// given out; batches made ahead do not count.
  State state() const;
  /// Takes effect at the next start(). Returns notices for the user: the data differ, or a stream begins anew.
  std::vector<std::string> load_state(const State& state);

  /// Which samples were left out since the last call, for the log (LoadImageFromFile, ignore_empty=True); "" if none.
  std::string take_left_out();

  const Dataset& dataset() const;
  const State& dataset_meta() const { return dataset().meta(); }
  /// follow_names() of its dataset; not in the middle of a pass.
  void follow_names(const NamedMeta& reference, const std::string& own_name);

  /// A pass, or the rest of one, for a range-for; leaving the loop ends it.
  class Pass;
  Pass from(int64_t pass, int64_t batch = 0);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

class DataLoader::Pass {
 public:
  explicit Pass(DataLoader& loader) : loader_(loader) {}
  ~Pass();
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
