#include "millrace/runner/progress.h"

#include "millrace/base/error.h"

namespace millrace {

int64_t saved_count(const State& owner, const std::string& owner_name, const std::string& key) {
  const int64_t count = owner.at(key).integer();
  if (count < 0) throw Error(owner_name + "." + key + " must be at least 0, got " + std::to_string(count));
  return count;
}

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
  const auto count = [&](const char* key) { return saved_count(state, "progress", key); };
  Progress loaded;
  loaded.epoch = count("epoch");
  loaded.iter = count("iter");
  loaded.batch_in_epoch = count("batch_in_epoch");
  loaded.pass = count("pass");
  loaded.samples_seen = count("samples_seen");
  loaded.validation_due = state.at("validation_due").boolean();
  loaded.train_seconds = state.at("train_seconds").number();
  *this = loaded;
}

}  // namespace millrace
