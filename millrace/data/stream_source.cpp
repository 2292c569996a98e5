#include "millrace/data/stream_source.h"

#include <fmt/format.h>

#include "millrace/data/batch_maker.h"

namespace millrace {

void StreamSource::start(int64_t pass, int64_t batch) {
  if (is_cancelled_) stream_.reopen();
  is_cancelled_ = has_ended_ = false;
  batch_ = batch;
  drawn_ = given_.drawn;
  // What workers drew ahead of a pass that was broken off is drawn again, if the stream can go back.
  if (batch > 0 && !loaded_ && !given_.stream.is_none()) loaded_ = given_.stream;
  if (loaded_) stream_.load_state_dict(*loaded_);
  if (batch == 0 || !(loaded_ || has_begun_)) stream_.begin_pass(pass);
  loaded_.reset();
  has_begun_ = true;
}

bool StreamSource::next(Sample& sample) {
  try {
    return stream_.next(sample);
  } catch (...) {
    rethrow_with_sample(drawn_, stream_);
  }
}

bool StreamSource::take(Draft& draft) {
  draft.rows.clear();
  draft.samples.clear();
  if (has_ended_ || (length() >= 0 && batch_ >= length())) return false;
  for (int64_t i = 0; i < settings_.batch_size; ++i) {
    Sample sample;
    if (!next(sample)) {
      has_ended_ = true;
      break;
    }
    draft.rows.push_back({drawn_, drawn_, static_cast<uint64_t>(drawn_ * settings_.world_size + settings_.rank)});
    draft.samples.push_back(std::move(sample));
    ++drawn_;
  }
  if (draft.rows.empty() || (settings_.drop_last && has_ended_)) return false;
  ++batch_;
  draft.mark = {drawn_, settings_.takes_ahead ? stream_.state_dict() : State()};
  return true;
}

void StreamSource::cancel() {
  stream_.cancel();
  is_cancelled_ = true;
}

State StreamSource::state() const {
  return State::dict(
      {{"drawn", given_.drawn}, {"stream", settings_.takes_ahead ? given_.stream : stream_.state_dict()}});
}

std::vector<std::string> StreamSource::load_state(const State& state) {
  if (const State* drawn = state.find("drawn")) given_.drawn = drawn->integer();
  const State* stream = state.find("stream");
  if (!stream || stream->is_none())
    return {fmt::format("{} has no state_dict: its data begin anew, and the resume is not exact", stream_.name())};
  loaded_ = *stream;
  return {};
}

}  // namespace millrace
