#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace millrace {

class Terminal;

/// The line at the bottom of a terminal that shows how far a loop is.
///
///     Epoch(train) [3/10]  [============>               ]  45%  211/469  loss: 0.3421  1234 img/s  eta: 0:01:12
///
///     if (bar.due()) bar.draw({.label = "Epoch(train) [3/10]", .done = 211, .total = 469, .loss = loss()});
///
/// due() is true at most ten times a second, and never if nobody watches. So ask for what is costly (a loss on a
/// device) only when it is due. The bar disappears with the object.
class ProgressBar {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Frame {
    std::string label;
    int64_t done = 0;
    int64_t total = 0;  // 0: not known, then there is no bar and no percentage
    std::optional<double> loss = {};
    std::optional<double> per_second = {};
    std::string unit = "it";  // of per_second
    std::optional<double> eta_s = {};
  };

  explicit ProgressBar(std::shared_ptr<Terminal> terminal) : terminal_(std::move(terminal)) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  bool due();
  bool due(Time now);
  void draw(const Frame& frame);
  void clear();

  /// The line for a terminal of the given width. The bar takes the columns that the rest leaves, if there are any.
  static std::string text(const Frame& frame, int width);

 private:
  std::shared_ptr<Terminal> terminal_;
  std::optional<Time> next_;
};

}  // namespace millrace
