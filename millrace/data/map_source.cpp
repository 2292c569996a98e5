#include "millrace/data/map_source.h"

namespace millrace {

void MapSource::start(int64_t pass, int64_t batch) {
  pass_ = pass;
  batch_ = batch;
}

bool MapSource::take(Draft& draft) {
  if (batch_ >= length()) return false;
  order_.read(pass_, batch_++, draft.rows);
  return true;
}

State MapSource::state() const { return State::dict({{"samples", dataset_.size()}}); }

std::vector<std::string> MapSource::load_state(const State& state) {
  std::vector<std::string> notices;
  note_change(state, "samples", dataset_.size(), "the number of samples", notices);
  return notices;
}

}  // namespace millrace
