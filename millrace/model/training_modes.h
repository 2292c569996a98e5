#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/model/model.h"

namespace millrace {

/// The training mode of every part of a network, to set it again as it was: a part may be in another mode than the
/// whole, as a frozen batch norm is.
///
///     const TrainingModes before(model);
///     model.set_training(false);
///     model.predict(batch);
///     before.restore(model);
class TrainingModes {
 public:
  explicit TrainingModes(const Model& model);
  /// Whether the whole was in training mode.
  bool is_training() const { return is_training_; }
  /// The first part that is in another mode now: its path, "" for the whole; nothing if there is none.
  std::optional<std::string> first_change(const Model& model) const;
  /// Does nothing if all are as they were.
  void restore(Model& model) const;

 private:
  bool is_training_;
  std::vector<std::pair<std::string, bool>> parts_;
};

}  // namespace millrace
