#include "millrace/data/data_loader.h"

#include <fmt/format.h>

#include <algorithm>

#include "millrace/data/prefetcher.h"
#include "millrace/data/row_order.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/data/worker_scope.h"

namespace millrace {

namespace {

std::shared_ptr<Sampler> build_sampler(const DataLoader::Options& options, const SamplerArgs& args, Mode mode) {
  if (options.sampler) return options.sampler.build(args);
  return std::make_shared<DefaultSampler>(args, DefaultSampler::Options{.shuffle = mode == Mode::train});
}

[[maybe_unused]] const bool loader_is_known_by_its_key = [] {
  ComponentTable::instance().add_part({"_dataloader", &schema_of<DataLoader>()});
  return true;
}();

}  // namespace

class DataLoader::Impl {
 public:
  Impl(const Options& options, const LoaderContext& context);
  ~Impl() { stop(); }

  int64_t length() const;
  void start(int64_t pass, int64_t batch);
  Batch* next();
  void stop();
  State state() const;
  std::vector<std::string> load_state(const State& state);
  const Dataset& dataset() const { return *dataset_; }

 private:
  void start_stream(int64_t pass, int64_t batch);
  bool take_draft(Draft& draft);
  bool take_stream_draft(Draft& draft);
  bool next_of_stream(Sample& sample);
  bool make_next();

  const Options options_;
  const LoaderContext context_;
  const std::shared_ptr<Dataset> dataset_;
  StreamDataset* const stream_;    // the dataset, if it is one
  std::optional<RowOrder> order_;  // of a map-style dataset
  const BatchMaker maker_;

  // Of the pass at hand; where there are workers, one of them at a time takes drafts.
  bool is_running_ = false;
  int64_t pass_ = 0, batch_ = 0;
  int64_t drawn_ = 0;  // samples of a stream, in the whole run
  bool stream_begun_ = false, stream_ended_ = false, is_cancelled_ = false;
  std::unique_ptr<Prefetcher> prefetcher_;
  Draft draft_;
  const std::atomic<bool> never_{false};

  // Of what was given out.
  Prefetcher::Made made_;
  std::optional<State> loaded_stream_;
};

DataLoader::Impl::Impl(const Options& options, const LoaderContext& context)
    : options_(checked<DataLoader>(options)),
      context_(context),
      dataset_(options_.dataset->build()),
      stream_(dynamic_cast<StreamDataset*>(dataset_.get())),
      maker_(*dataset_, context_.seed, context_.mode,
             context_.device.is_cuda() ? BatchBuilder::Memory::pinned : BatchBuilder::Memory::ordinary) {
  if (stream_) {
    if (!options_.sampler) return;
    throw Error(
        options_.sampler.config().place(),
        fmt::format("{} is a stream and has an order of its own: a sampler has nothing to say", dataset_->name()))
        .help("leave sampler out");
  }
  SamplerArgs args{dataset_->size(), context_.rank, context_.world_size, context_.seed};
  if (options_.num_batch_per_epoch)
    args.size = std::min(args.size, *options_.num_batch_per_epoch * options_.batch_size * context_.world_size);
  order_.emplace(build_sampler(options_, args, context_.mode), args,
                 RowOrder::Batching{options_.batch_size, options_.drop_last, context_.limit_batches});
}

int64_t DataLoader::Impl::length() const {
  if (order_) return order_->length();
  const int64_t limit =
      std::min(context_.limit_batches.value_or(INT64_MAX), options_.num_batch_per_epoch.value_or(INT64_MAX));
  return limit == INT64_MAX ? -1 : limit;
}

void DataLoader::Impl::start(int64_t pass, int64_t batch) {
  stop();
  pass_ = pass;
  batch_ = batch;
  if (stream_) start_stream(pass, batch);
  is_running_ = true;
  if (options_.num_workers == 0) return;
  prefetcher_ = std::make_unique<Prefetcher>(
      options_.num_workers, options_.num_workers * options_.prefetch_factor,
      [this](Draft& draft) { return take_draft(draft); },
      [this](Draft& draft, const std::atomic<bool>& is_stopped) { return maker_.make(draft, is_stopped); });
}

void DataLoader::Impl::start_stream(int64_t pass, int64_t batch) {
  if (is_cancelled_) stream_->reopen();
  is_cancelled_ = stream_ended_ = false;
  drawn_ = made_.drawn;
  // What workers drew ahead of a pass that was broken off is drawn again, if the stream can go back.
  if (batch > 0 && !loaded_stream_ && !made_.stream_state.is_none()) loaded_stream_ = made_.stream_state;
  if (loaded_stream_) stream_->load_state_dict(*loaded_stream_);
  if (batch == 0 || !(loaded_stream_ || stream_begun_)) stream_->begin_pass(pass);
  loaded_stream_.reset();
  stream_begun_ = true;
}

bool DataLoader::Impl::take_draft(Draft& draft) {
  if (stream_) return take_stream_draft(draft);
  if (batch_ >= order_->length()) return false;
  order_->read(pass_, batch_++, draft.rows);
  return true;
}

bool DataLoader::Impl::next_of_stream(Sample& sample) {
  try {
    return stream_->next(sample);
  } catch (...) {
    maker_.rethrow_with_sample(drawn_);
  }
}

bool DataLoader::Impl::take_stream_draft(Draft& draft) {
  draft.rows.clear();
  draft.samples.clear();
  if (stream_ended_ || (length() >= 0 && batch_ >= length())) return false;
  for (int64_t i = 0; i < options_.batch_size; ++i) {
    Sample sample;
    if (!next_of_stream(sample)) {
      stream_ended_ = true;
      break;
    }
    draft.rows.push_back({drawn_, drawn_, static_cast<uint64_t>(drawn_ * context_.world_size + context_.rank)});
    draft.samples.push_back(std::move(sample));
    ++drawn_;
  }
  if (draft.rows.empty() || (options_.drop_last && stream_ended_)) return false;
  ++batch_;
  if (options_.num_workers > 0) draft.stream_state = stream_->state_dict();
  return true;
}

bool DataLoader::Impl::make_next() {
  const WorkerScope scope;
  if (!take_draft(draft_)) return false;
  made_.drawn = drawn_;
  made_.batch = maker_.make(draft_, never_);
  return true;
}

Batch* DataLoader::Impl::next() {
  MILLRACE_ASSERT(is_running_, "a batch of a pass that was not started");
  made_.batch = Batch();  // its memory is free before the next one is made or waited for
  try {
    if (prefetcher_ ? prefetcher_->next(made_) : make_next()) return &made_.batch;
  } catch (...) {
    stop();
    throw;
  }
  stop();
  return nullptr;
}

void DataLoader::Impl::stop() {
  if (prefetcher_ && stream_) {
    stream_->cancel();
    is_cancelled_ = true;
  }
  prefetcher_.reset();
  is_running_ = false;
}

State DataLoader::Impl::state() const {
  State state = State::dict({{"batch_size", options_.batch_size}});
  if (!stream_) {
    state["samples"] = dataset_->size();
    return state;
  }
  state["drawn"] = made_.drawn;
  state["stream"] = options_.num_workers == 0 ? stream_->state_dict() : made_.stream_state;
  return state;
}

std::vector<std::string> DataLoader::Impl::load_state(const State& state) {
  std::vector<std::string> notices;
  const auto compare = [&](const char* key, int64_t now, const char* text) {
    const State* then = state.find(key);
    if (then && then->integer() != now)
      notices.push_back(fmt::format("{} was {}, and is {}", text, then->integer(), now));
  };
  compare("batch_size", options_.batch_size, "batch_size");
  if (!stream_) {
    compare("samples", dataset_->size(), "the number of samples");
    return notices;
  }
  if (const State* drawn = state.find("drawn")) made_.drawn = drawn->integer();
  const State* stream = state.find("stream");
  if (stream && !stream->is_none()) loaded_stream_ = *stream;
  else
    notices.push_back(
        fmt::format("{} has no state_dict: its data begin anew, and the resume is not exact", dataset_->name()));
  return notices;
}

DataLoader::DataLoader(const Options& options, const LoaderContext& context)
    : impl_(std::make_unique<Impl>(options, context)) {}
DataLoader::~DataLoader() = default;
int64_t DataLoader::length() const { return impl_->length(); }
void DataLoader::start(int64_t pass, int64_t batch) { impl_->start(pass, batch); }
Batch* DataLoader::next() { return impl_->next(); }
void DataLoader::stop() { impl_->stop(); }
State DataLoader::state() const { return impl_->state(); }
std::vector<std::string> DataLoader::load_state(const State& state) { return impl_->load_state(state); }
const Dataset& DataLoader::dataset() const { return impl_->dataset(); }

DataLoader::Pass DataLoader::from(int64_t pass, int64_t batch) {
  start(pass, batch);
  return Pass(*this);
}

}  // namespace millrace
