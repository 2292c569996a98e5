#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "millrace/hub/message_hub.h"
#include "millrace/registry/registry.h"
#include "millrace/runner/log_record.h"

namespace millrace {

/// Makes the log line and the record of an iteration or an epoch from the values published under "train/", "val/" or
/// "test/".
///
///     LogProcessor processor({.window_size = 20});
///     logger.info(processor.record(state, hub).line);
///
///     const LogNumbers numbers = processor.numbers(state, hub);   // now; make the texts later
///     logger.info(processor.line(numbers));
///
///     Epoch(train) [1][ 5/13]  lr: 1.0000e-02  eta: 0:00:12  time: 0.0013  data_time: 0.0002  loss: 1.8652
///     Iter(val) [10/10]    accuracy/top1: 71.2500  data_time: 0.0021  time: 0.0509
///
/// Names that match `mean_pattern` are averaged over `window_size` entries; others show their latest entry.
/// `custom_cfg` adds or replaces statistics. Names that end in "lr" come first. Lines equal MMEngine's byte for byte,
/// except that val lines within the loop also show losses. As in MMEngine, the times of a val epoch are averaged over
/// one entry more than it has batches. It may read values from the device, so call it only when a line is due.
class LogProcessor {
 public:
  using Registry = millrace::Registry<LogProcessor>;
  static constexpr const char* kKind = "LogProcessor";
  static BoundComponent bind_config(const Value& config, Binder& binder) {
    return bind_component(kKind, config, binder, "LogProcessor");
  }

  enum class Span { epoch, global };  // the entries of this epoch, of this run
  /// One more value to show. A config writes the `arguments` of a statistic (see MessageHub::add_statistic) beside the
  /// other keys.
  struct Statistic {
    std::string data_src;                      // "loss": without the mode
    std::string method_name;                   // mean, max, min, current (without a window), or an added one
    std::optional<std::string> log_name = {};  // absent: data_src, which is replaced
    std::optional<std::variant<int64_t, Span>> window_size = {};
    std::map<std::string, Value> arguments = {};
  };
  struct Options {
    int64_t window_size = 10;
    std::optional<bool> by_epoch = {};
    std::optional<std::vector<Statistic>> custom_cfg = {};
    int64_t num_digits = 4;
    bool log_with_hierarchy = false;
    std::string mean_pattern = ".*(loss|time|data_time|grad_norm).*";

    template <class Fields>
    static void describe(Fields& f) {
      f("window_size", &Options::window_size, "entries that a smoothed value is averaged over; 0 means all")
          .at_least(0);
      f("by_epoch", &Options::by_epoch,
        "count epochs (True) or iterations (False) in a line; None: as the train loop does");
      f("custom_cfg", &Options::custom_cfg, "more statistics: dicts of data_src, method_name, log_name, window_size");
      f("num_digits", &Options::num_digits, "decimals of a printed number").within(0, 30);
      f("log_with_hierarchy", &Options::log_with_hierarchy, "write 'train/loss' instead of 'loss' to the backends");
      f("mean_pattern", &Options::mean_pattern, "regular expression: matching names are smoothed");
    }
  };

  /// Refuses a pattern that is not a regular expression, two entries with the same name, and a window that does not fit
  /// an entry.
  static void check(const Options& options, Complaints& complaints);
  LogProcessor() : LogProcessor(Options{}) {}
  explicit LogProcessor(Options options);
  virtual ~LogProcessor() = default;

  /// Throws Error if a statistic is unknown, or refuses its arguments.
  virtual LogNumbers numbers(const LogState& state, const MessageHub& hub);
  // Another thread may call these while one is in numbers().
  virtual std::string line(const LogNumbers& numbers) const;
  virtual std::vector<std::pair<std::string, State>> tag(const LogNumbers& numbers) const;
  /// The line and the tag of the current values. Throws as numbers() does.
  LogRecord record(const LogState& state, const MessageHub& hub);

 private:
  using Entries = LogNumbers::Entries;
  struct Pattern;
  struct Name {  // facts on the name of a scalar, by its slot
    std::string name;
    std::optional<Mode> mode;
    std::string short_name;  // without the mode
    bool is_smoothed = false;
    bool is_smoothed_with_mode = false;
  };
  enum class Names { short_ones, with_mode };

  std::string line_of_iter(const LogNumbers& numbers) const;
  std::string line_of_epoch(const LogNumbers& numbers) const;
  bool by_epoch(const LogState& state) const { return options_.by_epoch.value_or(state.run_by_epoch); }
  Entries collect(const LogState& state, const MessageHub& hub, Names names, std::span<const Statistic> statistics);
  const Name& name_of(ScalarId id, const MessageHub& hub);
  std::string number_text(const Number& value) const;
  std::string header_of_iter(const LogState& state) const;
  std::string header_of_epoch(const LogState& state) const;

  Options options_;
  std::vector<Statistic> statistics_;
  std::shared_ptr<const Pattern> pattern_;
  std::vector<Name> names_;
};

template <>
struct TypeOf<LogProcessor::Statistic> {
  static std::string name();
  static void bind(LogProcessor::Statistic& field, const Value& value, Binder& binder);
  static Value dump(const LogProcessor::Statistic& field);
};

}  // namespace millrace
