#pragma once

#include <ATen/core/Tensor.h>

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "millrace/config/value.h"
#include "millrace/tensor/state.h"

namespace millrace {

/// A number that knows whether it is an integer, which is printed without decimals. Exact for integers up to 2^53.
struct Number {
  double value = 0;
  bool is_integer = false;

  Number() = default;
  template <std::integral T>
  Number(T v) : value(static_cast<double>(v)), is_integer(true) {}  // NOLINT: it is a number
  template <std::floating_point T>
  Number(T v) : value(v) {}  // NOLINT
  Number(double v, bool integer) : value(v), is_integer(integer) {}
};

/// The history of one scalar: values and their counts. It keeps the newest `max_length` entries.
///
///     history.update(loss_sum, batch_size);      // a value is a sum: it has been multiplied by its count
///     history.update(loss_tensor);               // a scalar on a device stays there until someone asks
///     history.mean(10);                          // sum(values) / sum(counts) over the newest 10
///
/// A window is the number of newest entries to use. Absent, 0, or more than there are means all; -n leaves out the
/// oldest n, all as in MMEngine. A nan within the window makes mean, min and max nan. Appending a number costs a few
/// ns. Not thread-safe; const members may fetch values from a device, too.
class HistoryBuffer {
 public:
  static constexpr int64_t kMaxLength = 1'000'000;
  static constexpr size_t kMaxPending = 1024;  // the most tensors left on a device; more are fetched
  using Window = std::optional<int64_t>;
  /// Keyword arguments of a statistic, as a config has them.
  using Arguments = std::vector<std::pair<std::string, Value>>;

  HistoryBuffer() = default;
  /// Throws Error if max_length < 1.
  explicit HistoryBuffer(int64_t max_length);
  /// Begins with a history, or with its newest entries if it is too long. Throws Error if the lengths differ.
  HistoryBuffer(std::vector<Number> values, std::vector<double> counts, int64_t max_length = kMaxLength);

  void update(Number value, double count = 1) {
    append(value.value, count);
    is_integer_ = is_integer_ && value.is_integer;
  }
  /// Takes one element of any real dtype. On the CPU it is read at once; elsewhere see defer(). Throws Error if it is
  /// not one element.
  void update(const at::Tensor& value, double count = 1);
  /// Keeps the tensor, without its graph, and reads it when someone asks for values; all waiting tensors are read in
  /// one copy. Do not write into it until then.
  void defer(const at::Tensor& value, double count = 1);

  double mean(Window window = {}) const;  // nan if there is no entry
  Number max(Window window = {}) const;   // these three throw Error if there is no entry
  Number min(Window window = {}) const;
  Number current() const;

  /// "mean", "max", "min" (with `window_size`) or "current" (without). Throws Error if the name or an argument is
  /// unknown.
  Number statistic(std::string_view name, const Arguments& arguments = {}) const;
  static std::span<const std::string> statistic_names();

  int64_t size() const { return static_cast<int64_t>(values_.size() - begin_); }
  bool empty() const { return values_.size() == begin_; }
  int64_t max_length() const { return max_length_; }
  /// Whether every entry ever made was an integer.
  bool is_integer() const { return is_integer_ && !empty(); }
  /// Oldest first; valid until the next update.
  std::span<const double> values() const;
  std::span<const double> counts() const;

  /// Reads the waiting tensors of several histories, in one copy for each device and dtype.
  static void fetch(std::span<const HistoryBuffer* const> histories);
  size_t pending() const { return pending_.size(); }

  /// {values, counts}: 1-d tensors, float64 (values of integers alone: int64). There is one count for all if they are
  /// equal.
  State state_dict() const;
  /// From state_dict(), or from MMEngine's HistoryBuffer (`_log_history`, `_count_history`: tensors or lists, also in a
  /// record of that class). Nothing if the state is not a history.
  static std::optional<HistoryBuffer> from_state(const State& state);

 private:
  struct Pending {
    int64_t position;  // counted from the first entry ever made
    at::Tensor value;
  };

  void append(double value, double count) {
    values_.push_back(value);
    counts_.push_back(count);
    if (size() > max_length_) drop_oldest();
  }
  void drop_oldest();
  void fetch() const;
  std::span<const double> window_of(const std::vector<double>& column, Window window) const;
  std::span<const double> some(Window window, const char* statistic) const;

  mutable std::vector<double> values_;  // entries before begin_ are dropped
  std::vector<double> counts_;
  size_t begin_ = 0;
  int64_t erased_ = 0;  // entries that were before values_[0]
  int64_t max_length_ = kMaxLength;
  bool is_integer_ = true;
  mutable std::vector<Pending> pending_;
};

}  // namespace millrace
