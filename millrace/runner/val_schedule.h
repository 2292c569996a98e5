#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "millrace/registry/complaints.h"

namespace millrace {

/// When a training validates: every `interval` epochs (or iterations) from `begin` on, and at the end.
class ValSchedule {
 public:
  struct Options {
    int64_t val_begin = 1;
    int64_t val_interval = 1;
    std::vector<std::pair<int64_t, int64_t>> dynamic_intervals{};

    template <class Fields>
    static void describe(Fields& f) {
      f("val_begin", &Options::val_begin, "no validation before this epoch or iteration").at_least(0);
      f("val_interval", &Options::val_interval, "epochs or iterations between validations").at_least(1);
      f("dynamic_intervals", &Options::dynamic_intervals,
        "(milestone, interval) pairs: from the milestone on, use the new interval");
    }
    static void check(const Options& options, Complaints& complaints) {
      int64_t before = -1;
      for (const auto& [milestone, interval] : options.dynamic_intervals) {
        const std::string pair = "(" + std::to_string(milestone) + ", " + std::to_string(interval) + ")";
        if (milestone < 0)
          complaints.add("dynamic_intervals", "dynamic_intervals: the milestone must be at least 0, got " + pair);
        if (interval < 1)
          complaints.add("dynamic_intervals", "dynamic_intervals: the interval must be at least 1, got " + pair);
        if (milestone <= before)
          complaints.add("dynamic_intervals", "dynamic_intervals: the milestones must be in order, " + pair +
                                                  " follows " + std::to_string(before));
        before = milestone;
      }
    }
  };

  /// Takes checked options; `last` is the last epoch or iteration.
  ValSchedule(Options options, int64_t last) : options_(std::move(options)), last_(last) {}

  /// Whether a validation follows `done` finished epochs (iterations).
  bool is_due(int64_t done) const {
    return done >= options_.val_begin && (done % interval_at(done) == 0 || done == last_);
  }

  bool is_dynamic() const { return !options_.dynamic_intervals.empty(); }
  /// "validation every 4 epochs, every epoch from epoch 7 on, and after the last, epoch 12", where `unit` is "epoch".
  std::string words(const std::string& unit) const;

 private:
  // A milestone already applies one unit before it, as in MMEngine: (8, 1) validates after epoch 7.
  int64_t interval_at(int64_t done) const {
    int64_t interval = options_.val_interval;
    for (const auto& [milestone, from_there] : options_.dynamic_intervals)
      if (done + 1 >= milestone) interval = from_there;
    return interval;
  }

  Options options_;
  int64_t last_;
};

}  // namespace millrace
