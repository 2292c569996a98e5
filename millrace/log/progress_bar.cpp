#include "millrace/log/progress_bar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "millrace/log/duration.h"
#include "millrace/log/terminal.h"

namespace millrace {
namespace {

constexpr std::chrono::milliseconds kBetweenDraws(100);
constexpr int kLongestBar = 40;
constexpr int kShortestBar = 8;
constexpr double kLongestEta = 1e9;  // seconds: beyond it, nothing is known

std::string bar_of(double fraction, int length) {
  const int full = static_cast<int>(fraction * length);
  std::string bar(static_cast<size_t>(length), ' ');
  std::fill_n(bar.begin(), full, '=');
  if (full < length) bar[static_cast<size_t>(full)] = '>';
  return "[" + bar + "]";
}

std::string speed_of(double per_second, const std::string& unit) {
  if (per_second >= 100) return fmt::format("{:.0f} {}/s", per_second, unit);
  return fmt::format("{:.{}f} {}/s", per_second, per_second >= 10 ? 1 : 2, unit);
}

}  // namespace

bool ProgressBar::due() { return terminal_->is_interactive() && due(std::chrono::steady_clock::now()); }

bool ProgressBar::due(Time now) {
  if (!terminal_->is_interactive() || (next_ && now < *next_)) return false;
  next_ = now + kBetweenDraws;
  return true;
}

void ProgressBar::draw(const Frame& frame) {
  if (terminal_->is_interactive()) terminal_->set_status(text(frame, terminal_->width() - 1));
}

void ProgressBar::clear() { terminal_->clear_status(); }

std::string ProgressBar::text(const Frame& frame, int width) {
  std::string tail;
  double fraction = 0;
  if (frame.total > 0) {
    fraction = std::clamp(static_cast<double>(frame.done) / static_cast<double>(frame.total), 0.0, 1.0);
    const std::string total = std::to_string(frame.total);
    tail = fmt::format("{:3.0f}%  {:>{}}/{}", std::floor(100 * fraction), frame.done, total.size(), total);
  } else {
    tail = std::to_string(frame.done);
  }
  if (frame.loss) tail += fmt::format("  loss: {:.4f}", *frame.loss);
  if (frame.per_second && std::isfinite(*frame.per_second)) tail += "  " + speed_of(*frame.per_second, frame.unit);
  if (frame.eta_s && *frame.eta_s >= 0 && *frame.eta_s < kLongestEta)
    tail += "  eta: " + duration_text(static_cast<int64_t>(*frame.eta_s));
  std::string line = frame.label + "  ";
  const int length = std::min(kLongestBar, width - text_width(line) - text_width(tail) - 4);
  if (frame.total > 0 && length >= kShortestBar) line += bar_of(fraction, length) + "  ";
  return std::string(clipped(line + tail, width));
}

}  // namespace millrace
