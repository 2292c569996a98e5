#include "millrace/data/data_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/base/at_end.h"
#include "millrace/data/followed_names.h"
#include "millrace/data/map_source.h"
#include "millrace/data/prefetcher.h"
#include "millrace/data/samplers/consecutive_batches.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/stream_source.h"
#include "millrace/data/worker_scope.h"

namespace millrace {

namespace {

std::shared_ptr<Sampler> build_sampler(const DataLoader::Options& options, const SamplerArgs& args, Mode mode) {
  if (options.sampler) return options.sampler.build(args);
  return std::make_shared<DefaultSampler>(args, DefaultSampler::Options{.shuffle = mode == Mode::train});
}

std::shared_ptr<BatchSampler> build_batch_sampler(const DataLoader::Options& options) {
  if (options.batch_sampler) return options.batch_sampler->build(BatchSamplerArgs{options.batch_size});
  return std::make_shared<ConsecutiveBatches>(options.batch_size, options.drop_last);
}

std::unique_ptr<DraftSource> source_of(StreamDataset& stream, const DataLoader::Options& options,
                                       const LoaderContext& context) {
  const int64_t limit =
      std::min(context.limit_batches.value_or(INT64_MAX), options.num_batch_per_epoch.value_or(INT64_MAX));
  return std::make_unique<StreamSource>(stream, StreamSource::Settings{.batch_size = options.batch_size,
                                                                       .drop_last = options.drop_last,
                                                                       .length = limit == INT64_MAX ? -1 : limit,
                                                                       .rank = context.rank,
                                                                       .world_size = context.world_size,
                                                                       .takes_ahead = options.num_workers > 0});
}

std::unique_ptr<DraftSource> source_of(Dataset& dataset, const DataLoader::Options& options,
                                       const LoaderContext& context) {
  if (auto* stream = dynamic_cast<StreamDataset*>(&dataset)) return source_of(*stream, options, context);
  SamplerArgs args{dataset, dataset.size(), context.rank, context.world_size, context.seed};
  if (options.num_batch_per_epoch)
    args.size = std::min(args.size, *options.num_batch_per_epoch * options.batch_size * context.world_size);
  return std::make_unique<MapSource>(dataset, RowOrder(build_sampler(options, args, context.mode),
                                                       build_batch_sampler(options), args, context.limit_batches));
}

[[maybe_unused]] const bool loader_is_known_by_its_key = [] {
  ComponentTable::instance().add_part({"_dataloader", &schema_of<DataLoader>()});
  return true;
}();

}  // namespace

class DataLoader::Impl {
 public:
  Impl(const Options& options, const LoaderContext& context);
  ~Impl() { stop_whatever_happens(); }

  int64_t batch_size() const { return options_.batch_size; }
  int64_t length() const { return source_->length(); }
  int64_t last_batch_rows() const { return source_->last_batch_rows(); }
  void start(int64_t pass, int64_t batch, Makers makers);
  Batch* next();
  void stop();
  void stop_whatever_happens() noexcept;
  State state() const;
  std::vector<std::string> load_state(const State& state);
  std::string take_left_out() { return left_out_.take_news(dataset_->size()); }
  Dataset& dataset() { return *dataset_; }

 private:
  bool make_next();

  const Options options_;
  const std::shared_ptr<Dataset> dataset_;
  const std::unique_ptr<DraftSource> source_;
  LeftOut left_out_;
  const BatchMaker maker_;

  bool is_running_ = false;
  std::unique_ptr<Prefetcher> prefetcher_;  // of the pass at hand, where there are workers
  Draft draft_;                             // where there are none
  const std::atomic<bool> never_{false};
  Batch given_;
};

DataLoader::Impl::Impl(const Options& options, const LoaderContext& context)
    : options_(checked<DataLoader>(options)),
      dataset_(options_.dataset->build()),
      source_(source_of(*dataset_, options_, context)),
      maker_(*dataset_, context.seed, context.mode,
             context.device.is_cuda() ? BatchBuilder::Memory::pinned : BatchBuilder::Memory::ordinary, left_out_) {}

void DataLoader::Impl::start(int64_t pass, int64_t batch, Makers makers) {
  if (pass < 0 || batch < 0)
    throw Error(fmt::format("passes and batches are counted from 0, not {} and {}", pass, batch));
  stop();
  source_->start(pass, batch);
  is_running_ = true;
  if (options_.num_workers == 0 || makers == Makers::caller) return;
  prefetcher_ = std::make_unique<Prefetcher>(
      options_.num_workers,
      options_.num_workers * options_.prefetch_factor.value_or(DataLoader::Options::kPrefetchFactor), *source_, maker_);
}

bool DataLoader::Impl::make_next() {
  if (prefetcher_) {
    Prefetcher::Made made;
    if (!prefetcher_->next(made)) return false;
    given_ = std::move(made.batch);
    source_->gave(std::move(made.mark));
    return true;
  }
  const WorkerScope scope;
  if (!source_->take(draft_)) return false;
  given_ = maker_.make(draft_, never_);
  source_->gave(std::move(draft_.mark));
  return true;
}

Batch* DataLoader::Impl::next() {
  if (!is_running_)
    throw Error("next() of a loader without a pass: start(pass, batch) begins one").help("loader.from(0)");
  given_ = Batch();  // its memory is free before the next one is made or waited for
  try {
    if (make_next()) return &given_;
  } catch (...) {
    stop_whatever_happens();
    throw;
  }
  stop();
  return nullptr;
}

void DataLoader::Impl::stop() {
  const auto end = [this] {
    prefetcher_.reset();
    is_running_ = false;
  };
  in_any_case(
      [this] {
        if (prefetcher_) source_->cancel();
      },
      end);  // cancel() is the stream's own
}

/// Where nobody could hear of a cancel() that fails.
void DataLoader::Impl::stop_whatever_happens() noexcept {
  try {
    stop();
  } catch (...) {
  }
}

State DataLoader::Impl::state() const {
  State state = State::dict({{"batch_size", options_.batch_size}});
  const State own = source_->state();
  for (const State::Item& item : own.entries()) state.entries().push_back(item);
  return state;
}

std::vector<std::string> DataLoader::Impl::load_state(const State& state) {
  std::vector<std::string> notices;
  note_change(state, "batch_size", options_.batch_size, "batch_size", notices);
  for (std::string& notice : source_->load_state(state)) notices.push_back(std::move(notice));
  return notices;
}

void DataLoader::Options::check(const Options& options, Complaints& complaints) {
  const Component<Dataset>& dataset = *options.dataset;
  const auto refuse = [&](const Value& config, const char* key) {
    complaints
        .add(key, fmt::format("{} is a stream with its own order: it takes no {}",
                              dataset.instance() ? dataset.instance()->name() : dataset.type(), key))
        .help(fmt::format("{}=None", key))
        .locate(config.place());
  };
  if (dataset.facts().is_stream) {
    if (options.sampler) refuse(options.sampler.config(), "sampler");
    if (options.batch_sampler) refuse(options.batch_sampler->config(), "batch_sampler");
    const Value& config = dataset.config();
    for (const char* const key : {"indices", "max_refetch"})  // every dataset has these keys
      if (const Value* given = config.is_dict() ? config.find(key) : nullptr; given && !given->is_null()) {
        Error& refused = complaints.add(
            "dataset",
            fmt::format("{} is a stream, whose samples have no numbers: it takes no {}", dataset.type(), key));
        refused.locate(given->place());
        if (std::string(key) == "indices") refused.note("num_batch_per_epoch in the loader limits a pass");
      }
  }
  if (options.batch_sampler && options.drop_last)
    complaints.add("drop_last", "drop_last has no effect with a batch_sampler, which makes the batches")
        .help("drop_last=True in the batch_sampler");
}

DataLoader::DataLoader(const Options& options, const LoaderContext& context)
    : impl_(std::make_unique<Impl>(options, context)) {}
DataLoader::~DataLoader() = default;
int64_t DataLoader::batch_size() const { return impl_->batch_size(); }
int64_t DataLoader::length() const { return impl_->length(); }
int64_t DataLoader::last_batch_rows() const { return impl_->last_batch_rows(); }
void DataLoader::start(int64_t pass, int64_t batch, Makers makers) { impl_->start(pass, batch, makers); }
Batch* DataLoader::next() { return impl_->next(); }
void DataLoader::stop() { impl_->stop(); }
State DataLoader::state() const { return impl_->state(); }
std::vector<std::string> DataLoader::load_state(const State& state) { return impl_->load_state(state); }
std::string DataLoader::take_left_out() { return impl_->take_left_out(); }
void DataLoader::follow_names(const NamedMeta& reference, const std::string& own_name) {
  millrace::follow_names(impl_->dataset(), reference, own_name);
}
const Dataset& DataLoader::dataset() const { return impl_->dataset(); }

DataLoader::Pass::~Pass() { loader_.impl_->stop_whatever_happens(); }

DataLoader::Pass DataLoader::from(int64_t pass, int64_t batch) {
  start(pass, batch);
  return Pass(*this);
}

}  // namespace millrace
