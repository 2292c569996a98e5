#include "millrace/data/left_out.h"

#include <fmt/format.h>

#include <utility>

namespace millrace {

void LeftOut::add(int64_t index, std::string reason) {
  const std::lock_guard lock(mutex_);
  if (!indices_.insert(index).second) return;
  reason.resize(std::min(reason.find('\n'), reason.size()));  // the first line is complete by itself
  news_.emplace(index, std::move(reason));
}

void LeftOut::warn(std::string text) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(is_warned_, true)) warning_ = std::move(text);
}

std::string LeftOut::take_news(int64_t samples) {
  const std::lock_guard lock(mutex_);
  const std::string warning = std::exchange(warning_, "");
  if (news_.empty()) return warning;
  constexpr size_t kShown = 10;
  std::string text = fmt::format("{} of {} samples {} left out, since {} can't be read", indices_.size(), samples,
                                 indices_.size() == 1 ? "is" : "are", indices_.size() == 1 ? "it" : "they");
  size_t shown = 0;
  for (const auto& [index, reason] : news_) {
    if (shown++ == kShown) break;
    text += "\n  " + reason;
  }
  if (news_.size() > kShown) text += fmt::format("\n  and {} more", news_.size() - kShown);
  news_.clear();
  return warning.empty() ? text : warning + "\n" + text;
}

}  // namespace millrace
