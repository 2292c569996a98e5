#include "millrace/runner/progress.h"

namespace millrace {

State Progress::state_dict() const {
  return State::dict({{"epoch", epoch},
                      {"iter", iter},
                      {"batch_in_epoch", batch_in_epoch},
                      {"pass", pass},
                      {"samples_seen", samples_seen},
                      {"validation_due", validation_due},
                      {"train_seconds", train_seconds}});
}

void Progress::load_state_dict(const State& state) {
  epoch = state.at("epoch").integer();
  iter = state.at("iter").integer();
  batch_in_epoch = state.at("batch_in_epoch").integer();
  pass = state.at("pass").integer();
  samples_seen = state.at("samples_seen").integer();
  validation_due = state.at("validation_due").boolean();
  train_seconds = state.at("train_seconds").number();
}

}  // namespace millrace
