#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "millrace/optim/schedulers/schedule_rule.h"
#include "millrace/registry/required.h"

namespace millrace {

/// A number of a rule that may differ from group to group: one for all, or one for each group of a checkpoint, as
/// MMEngine and PyTorch count them (with rules by parameter: one for each parameter).
class GroupValues {
 public:
  /// `key` is its name in configs, for the error.
  GroupValues(std::string key, OneOrMany<double> given) : key_(std::move(key)), given_(std::move(given)) {}

  /// Deals them out. Throws Error if a list has another length than the groups of a checkpoint.
  void settle(const ScheduleSpan& span);
  /// The number of a group of the OptimWrapper.
  double operator[](size_t group) const { return by_group_[group]; }
  /// As it was given: a number or a list.
  State given() const;
  /// A list, one for each group of a checkpoint.
  State by_file_group() const;

 private:
  std::string key_;
  OneOrMany<double> given_;
  std::vector<double> in_file_, by_group_;
};

}  // namespace millrace
