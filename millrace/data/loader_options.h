#pragma once

#include <cstdint>
#include <optional>

#include "millrace/data/dataset.h"
#include "millrace/data/sampler.h"

namespace millrace {

/// MMEngine's names of ways to put samples together. A batch is columnar whichever is named: tensors of one shape are
/// stacked, others lie behind each other or in a list (see Batch::from).
struct CollateFn {
  enum class Name { pseudo_collate, default_collate };
  Required<Name> type;
  template <class Fields> static void describe(Fields& f) { f("type", &CollateFn::type, "both mean the same here"); }
};

/// The key `batch_sampler`: None, or a mistake. Batches are consecutive rows of the sampler.
struct NoBatchSampler {};
template <> struct TypeOf<NoBatchSampler> {
  static std::string name() { return "None"; }
  static void bind(NoBatchSampler& field, const Value& value, Binder& binder);
  static Value dump(const NoBatchSampler&) { return {}; }
};

/// The keys of train_dataloader, val_dataloader and test_dataloader.
struct LoaderOptions {
  Required<Component<Dataset>> dataset;
  int64_t batch_size = 1;
  int num_workers = 0;
  Component<Sampler> sampler{};
  bool drop_last = false;
  std::optional<int64_t> num_batch_per_epoch;
  int64_t prefetch_factor = 4;
  std::optional<CollateFn> collate_fn;
  NoBatchSampler batch_sampler{};

  template <class Fields> static void describe(Fields& f) {
    using O = LoaderOptions;
    f("dataset", &O::dataset, "where samples come from");
    f("batch_size", &O::batch_size, "samples of a batch, on each rank").at_least(1);
    f("num_workers", &O::num_workers, "threads that make batches in the background; 0: the training thread does").at_least(0);
    f("sampler", &O::sampler, "which samples and in which order; None: DefaultSampler, which shuffles training data alone");
    f("drop_last", &O::drop_last, "leave out a last batch that is not full");
    f("num_batch_per_epoch", &O::num_batch_per_epoch, "use only as many of the first samples as this many batches take").at_least(1);
    f("prefetch_factor", &O::prefetch_factor, "batches made ahead, for each worker").at_least(1);
    f("collate_fn", &O::collate_fn, "a batch is columnar, whatever it says");
    f("batch_sampler", &O::batch_sampler, "batches are consecutive rows of the sampler");
    f.ignore("pin_memory", "batches that go to a CUDA device always lie in pinned memory");
    f.ignore("persistent_workers", "workers are threads, which cost nothing to start");
    f.ignore("worker_init_fn", "workers have no random state of their own");
    f.ignore("disable_subprocess_warning", "workers are threads");
    f.ignore("multiprocessing_context", "workers are threads");
    f.ignore("timeout", "a worker that fails says so at once");
  }
};

}  // namespace millrace
