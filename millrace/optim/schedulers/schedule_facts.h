#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "millrace/base/error.h"
#include "millrace/registry/complaints.h"
#include "millrace/registry/required.h"

namespace millrace {

/// When a schedule acts: at the steps t with begin <= t < end. Before and after that it does not change the value.
struct Range {
  int64_t begin = 0;
  std::optional<int64_t> end;
  bool by_epoch = true;
  bool convert_to_iter_based = false;
  int64_t last_step = -1;
  bool verbose = false;

  template <class Fields>
  static void describe(Fields& f) {
    f("begin", &Range::begin, "first epoch (or iteration) at which it acts").at_least(0);
    f("end", &Range::end, "epoch (or iteration) before which it stops; None: the end of the training");
    f("by_epoch", &Range::by_epoch, "counts epochs, not iterations");
    f("convert_to_iter_based", &Range::convert_to_iter_based, "settings are in epochs, but it acts at each iteration");
    f("last_step", &Range::last_step, "steps that count as done, less one").at_least(-1);
    f("verbose", &Range::verbose, "log each change");
  }
  static void check(const Range& range, Complaints& complaints);
};

/// The length of a training, for schedules that go to its end; -1 if unknown.
struct Horizon {
  int64_t max_epochs = -1;
  int64_t max_iters = -1;
  int64_t iters_per_epoch = -1;
};

/// The facts on a schedule that are known before it is built.
struct ScheduleFacts {
  std::string param_name{};              // the setting that it changes; empty if unknown
  std::string monitor{};                 // the metric on which it depends; empty if it depends on steps
  bool moves_momentum = false;           // beside param_name: CyclicLR
  std::optional<int64_t> total_steps{};  // it has no values after so many steps: OneCycle
  Range range{};
  /// Keys whose value is a list, with its length: one for each group of a checkpoint.
  std::vector<std::pair<const char*, size_t>> group_lists{};

  /// Notes the length of a value of `key`, if it is a list.
  void add_list(const char* key, const OneOrMany<double>& values);

  static Error unknown_epoch();
  static Error wrong_count(const std::string& key, size_t values, size_t groups);
  /// The error if the optimizer has only these settings and the schedule needs another one.
  std::optional<Error> misfit(const std::vector<std::string>& settings) const;
  /// The error if a training of this length goes on after the schedule's total_steps.
  std::optional<Error> overrun(const Horizon& horizon) const;
  /// Warnings about what may be a mistake in a training of this length.
  std::vector<std::string> doubts(const Horizon& horizon) const;
};

}  // namespace millrace
