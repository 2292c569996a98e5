#pragma once

#include <optional>

#include "millrace/data/draft_source.h"
#include "millrace/data/stream_dataset.h"

namespace millrace {

/// The samples of a stream, in the order in which they come.
class StreamSource final : public DraftSource {
 public:
  struct Settings {
    int64_t batch_size = 1;
    bool drop_last = false;
    int64_t length = -1;  // batches of a pass; -1: as many as come
    int rank = 0;
    int world_size = 1;
    bool takes_ahead = false;  // each mark holds the stream's state then
  };
  StreamSource(StreamDataset& stream, const Settings& settings) : stream_(stream), settings_(settings) {}

  int64_t length() const override { return settings_.length; }
  void start(int64_t pass, int64_t batch) override;
  bool take(Draft& draft) override;
  void gave(SourceMark mark) override { given_ = std::move(mark); }
  void cancel() override;
  State state() const override;
  std::vector<std::string> load_state(const State& state) override;

 private:
  bool next(Sample& sample);

  StreamDataset& stream_;
  const Settings settings_;

  // Of the drafts.
  int64_t drawn_ = 0;  // samples, in the whole run
  int64_t batch_ = 0;
  bool has_begun_ = false, has_ended_ = false, is_cancelled_ = false;

  SourceMark given_;             // of what was given out
  std::optional<State> loaded_;  // the stream goes on from this state at the next start
};

}  // namespace millrace
