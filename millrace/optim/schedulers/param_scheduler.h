#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "millrace/optim/param_group.h"
#include "millrace/registry/component.h"
#include "millrace/tensor/state.h"

namespace millrace {

class OptimWrapper;

/// When a schedule acts: at the steps t with begin <= t < end; before and after it leaves the value alone.
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
};

/// The length of a training, for schedules that go to its end. -1 where it is unknown.
struct Horizon {
  int64_t max_epochs = -1;
  int64_t max_iters = -1;
  int64_t iters_per_epoch = -1;
};

/// Changes one setting of every group of an optimizer, step by step.
///
/// Most rules work on the value that the group has, so that several compose: a warm-up, then a decay. What is scheduled
/// may be any number of the groups: lr, momentum (of Adam and its kin betas[0]), weight_decay, …
///
/// A schedule acts from start() on: ParamSchedulers calls it, and sets the values of the first iteration.
class ParamScheduler {
 public:
  static constexpr const char* kKind = "ParamScheduler";
  using Registry = millrace::Registry<ParamScheduler, OptimWrapper&>;

  virtual ~ParamScheduler() = default;
  ParamScheduler(const ParamScheduler&) = delete;
  ParamScheduler& operator=(const ParamScheduler&) = delete;

  /// Settles `end` and epochs against iterations, notes `initial_PARAM` in each group, and makes the first step. Throws
  /// Error if the range is empty, or if epochs are to be iterations and their length is unknown.
  void start(const Horizon& horizon);
  void step();
  /// Back to before the first step, the values of the groups included.
  void reset();

  /// Whether it counts epochs, after start() also of one converted to iterations.
  bool by_epoch() const { return range_.by_epoch; }
  const std::string& param_name() const { return param_name_; }
  /// What looks like a mistake in the settings: for the log, after start().
  const std::vector<std::string>& warnings() const { return warnings_; }
  OptimWrapper& optim() { return optim_; }
  /// Of each group, as set by the last step that changed something.
  const std::vector<double>& last_values() const { return last_values_; }

  /// MMEngine's layout: the settings, the counters, and one base and last value a group of a checkpoint.
  State state_dict() const;
  /// Whether the state is that of a schedule with these very settings, on groups of these initial values.
  bool has_settings_of(const State& state) const;
  /// Takes the counters over.
  void load_state_dict(const State& state);

 protected:
  ParamScheduler(OptimWrapper& optim, Range range, std::string param_name);

  /// The value for step t, 0 at `begin`, from the present one; `initial` is that of the group before any schedule.
  virtual double next(double value, int64_t t, double initial) const = 0;
  /// Settings that are lengths in epochs become iterations.
  virtual void convert_lengths(int64_t iters_per_epoch) {}
  /// The rule's own settings by the names of MMEngine's attributes.
  virtual State settings() const = 0;
  /// Called when the range is settled, before the first step.
  virtual void settle() {}
  /// Steps in the range.
  int64_t length() const { return end_ - range_.begin; }
  void warn(std::string text) { warnings_.push_back(std::move(text)); }

 private:
  struct Target {
    ParamGroup* group;
    ParamGroup::Slot slot;
    double initial;
  };
  State settings_and_bases() const;
  State by_file_group(const std::vector<double>& values) const;
  void log_change() const;

  OptimWrapper& optim_;
  Range range_;
  std::string param_name_;
  int64_t end_;
  int64_t global_step_, last_step_;
  std::vector<Target> targets_;
  std::vector<double> last_values_;
  std::vector<std::string> warnings_;
};

}  // namespace millrace
