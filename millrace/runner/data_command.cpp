// `millrace data check`: the entry of cli/engine.h.
#include <map>

#include "millrace/data/data_loader.h"
#include "millrace/data/followed_names.h"
#include "millrace/data/samplers/default_sampler.h"
#include "millrace/data/stream_dataset.h"
#include "millrace/runner/command_run.h"
#include "millrace/runner/run_config.h"

namespace millrace {

namespace {

const Key kFault("fault");

/// For each sample of a dataset what kept it from being read; "" where nothing did.
class ReadingOf final : public Dataset {
 public:
  explicit ReadingOf(const Dataset& data) : data_(data) {}
  int64_t size() const override { return data_.size(); }
  Sample get(int64_t index) const override { return data_.get(index); }
  Sample load(int64_t index, const Rng& rng) const override {
    Sample reading;
    reading.set(kFault, fault_of(index, rng));
    return reading;
  }

 private:
  std::string fault_of(int64_t index, const Rng& rng) const {
    try {
      Sample sample = data_.get(index);
      data_.pipeline().read_files(sample, rng);
      return "";
    } catch (const std::exception& error) {
      const std::string_view text = error.what();
      return std::string(text.substr(0, text.find('\n')));  // it stands alone
    }
  }

  const Dataset& data_;
};

class DataCheck {
 public:
  DataCheck(const DataCheckRequest& request, const DataCheckListener& listener)
      : request_(request), listener_(listener) {}

  void run() {
    const Config config = requested_config(request_.config, request_.overrides, request_.config_path);
    RunSurroundings surroundings;
    const RunnerOptions options = bind_run_config(config, surroundings);
    configure_process_for(options);
    std::vector<std::pair<std::string, const LoaderPart*>> parts = {{"train_dataloader", &options.train_dataloader},
                                                                    {"val_dataloader", &options.val_dataloader},
                                                                    {"test_dataloader", &options.test_dataloader}};
    for (const auto& [name, set] : options.val_sets) parts.emplace_back("val_sets." + name, &set.dataloader);
    for (const auto& [name, part] : parts)
      if (part->options()) check(name, *part->options());
    if (checked_.empty()) throw Error(Place(request_.config), "there are no data in this config");
  }

 private:
  void check(const std::string& name, const DataLoader::Options& options) {
    CheckedData checked{.loader = name};
    const auto [same, is_new] = checked_.emplace(options.dataset->config().repr(SIZE_MAX), name);
    if (!is_new) {
      checked.same_as = same->second;
      return listener_.data(checked);
    }
    try {
      const std::shared_ptr<Dataset> data = options.dataset->build();
      checked.notices = data->notices();
      if (dynamic_cast<const StreamDataset*>(data.get())) {
        checked.notices.push_back("a stream: its samples are not read here");
        return listener_.data(checked);
      }
      compare_names(name, *data);
      read(name, options, *data, checked);
    } catch (Error& error) {
      add_folder_hint(error, request_.config);
      checked.error = error.what();
    }
    listener_.data(checked);
  }

  /// As the Runner does before it begins.
  void compare_names(const std::string& name, Dataset& data) {
    if (train_meta_) follow_names(data, {*train_meta_, "train_dataloader"}, name);
    else if (name == "train_dataloader") train_meta_ = data.meta();
  }

  void read(const std::string& name, const DataLoader::Options& options, const Dataset& data, CheckedData& checked) {
    constexpr int64_t kBatch = 16;
    DataLoader loader({.dataset = std::make_shared<ReadingOf>(data),
                       .batch_size = kBatch,
                       .num_workers = options.num_workers,
                       .sampler = use<DefaultSampler>({.shuffle = false})});
    for (Batch& batch : loader.from(0)) {
      for (int64_t i = 0; i < batch.size(); ++i) {
        ++checked.samples;
        const std::string fault = batch.row(i).string(kFault);
        if (fault.empty()) continue;
        ++checked.unusable;
        listener_.sample({name, batch.positions()[static_cast<size_t>(i)], fault});
      }
    }
  }

  const DataCheckRequest& request_;
  const DataCheckListener& listener_;
  std::map<std::string, std::string> checked_;  // configs of datasets, and whose they are
  std::optional<State> train_meta_;
};

void check_data(const DataCheckRequest& request, const DataCheckListener& listener) {
  DataCheck(request, listener).run();
}

[[maybe_unused]] const bool data_check_is_installed = [] {
  install_engine({.check_data = check_data});
  return true;
}();

}  // namespace

}  // namespace millrace
