#include "millrace/optim/line_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace millrace {

namespace {

constexpr double kDecrease = 1e-4;  // c1 and c2 of the conditions
constexpr double kCurvature = 0.9;

/// Where the cubic through both values and slopes has its minimum, kept within the bounds; their middle where it has
/// none.
double cubic_minimum(const LinePoint& a, const LinePoint& b, double low, double high) {
  const double d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t);
  const double square = d1 * d1 - a.slope * b.slope;
  if (!(square >= 0)) return (low + high) / 2;
  const double d2 = std::sqrt(square);
  const double minimum = a.t <= b.t ? b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
                                    : a.t - (a.t - b.t) * ((a.slope + d2 - d1) / (a.slope - b.slope + 2 * d2));
  return std::min(std::max(minimum, low), high);
}

/// Two points with an acceptable one between them, or the acceptable one twice. `low` is where the smaller value is.
struct Bracket {
  std::array<LinePoint, 2> ends;
  size_t low = 0;
  bool done = false;

  Bracket(LinePoint first, LinePoint second, bool found = false)
      : ends{std::move(first), std::move(second)}, done(found) {
    find_low();
  }
  void find_low() { low = ends[0].value <= ends[1].value ? 0 : 1; }
  LinePoint& lowest() { return ends[low]; }
  LinePoint& other() { return ends[1 - low]; }
};

class WolfeSearch {
 public:
  WolfeSearch(const std::function<LinePoint(double)>& evaluate, const LinePoint& begin, int64_t most)
      : evaluate_(evaluate), begin_(begin), most_(most) {}

  Bracket bracket(double t) {
    LinePoint previous = begin_, point = at(t);
    while (steps_ < most_) {
      if (is_too_high(point) || (steps_ > 1 && point.value >= previous.value))
        return {std::move(previous), std::move(point)};
      if (is_flat(point)) return {point, point, true};
      if (point.slope >= 0) return {std::move(previous), std::move(point)};
      const double next = cubic_minimum(previous, point, point.t + 0.01 * (point.t - previous.t), point.t * 10);
      previous = std::move(point);
      point = at(next);
      ++steps_;
    }
    return {begin_, std::move(point)};
  }

  void zoom(Bracket& bracket, double d_norm, double tolerance_change) {
    bool slow = false;
    while (!bracket.done && steps_ < most_) {
      const double left = std::min(bracket.ends[0].t, bracket.ends[1].t);
      const double right = std::max(bracket.ends[0].t, bracket.ends[1].t);
      if ((right - left) * d_norm < tolerance_change) return;
      double t = cubic_minimum(bracket.ends[0], bracket.ends[1], left, right);
      // A step that hardly leaves an end is moved away from it, the second time in a row or at the end itself.
      const double margin = 0.1 * (right - left);
      if (std::min(right - t, t - left) < margin) {
        if (slow || t >= right || t <= left) {
          t = std::abs(t - right) < std::abs(t - left) ? right - margin : left + margin;
          slow = false;
        } else {
          slow = true;
        }
      } else {
        slow = false;
      }
      narrow(bracket, at(t));
      ++steps_;
    }
  }

  int64_t evaluations() const { return evaluations_; }

 private:
  LinePoint at(double t) {
    ++evaluations_;
    return evaluate_(t);
  }
  bool is_too_high(const LinePoint& point) const {
    return point.value > begin_.value + kDecrease * point.t * begin_.slope;
  }
  bool is_flat(const LinePoint& point) const { return std::abs(point.slope) <= -kCurvature * begin_.slope; }

  void narrow(Bracket& bracket, LinePoint point) const {
    if (is_too_high(point) || point.value >= bracket.lowest().value) {
      bracket.other() = std::move(point);
      bracket.find_low();
      return;
    }
    if (is_flat(point)) bracket.done = true;
    else if (point.slope * (bracket.other().t - bracket.lowest().t) >= 0) bracket.other() = bracket.lowest();
    bracket.lowest() = std::move(point);
  }

  const std::function<LinePoint(double)>& evaluate_;
  const LinePoint& begin_;
  int64_t most_, steps_ = 0, evaluations_ = 0;
};

}  // namespace

LineSearch search_strong_wolfe(const std::function<LinePoint(double)>& evaluate, const LinePoint& begin, double t,
                               double d_norm, double tolerance_change, int64_t most) {
  WolfeSearch search(evaluate, begin, most);
  Bracket bracket = search.bracket(t);
  search.zoom(bracket, d_norm, tolerance_change);
  return {std::move(bracket.lowest()), search.evaluations()};
}

}  // namespace millrace
