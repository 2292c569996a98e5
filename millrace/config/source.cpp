#include "millrace/config/source.h"

#include <algorithm>

#include "millrace/base/utf8.h"
#include "millrace/io/text.h"

namespace millrace {
Source::Source(std::string name, std::string text) : file_(std::move(name)) {
  text_ = io::text_of(std::move(text), file_);
  lines_.push_back(0);
  for (size_t i = 0; (i = text_.find('\n', i)) != std::string::npos;) lines_.push_back(++i);
  ascii_ = is_ascii(text_);
}

Place Source::place(size_t offset) const {
  if (!segments_.empty()) {
    auto after = std::upper_bound(segments_.begin(), segments_.end(), offset,
                                  [](size_t value, const Segment& segment) { return value < segment.begin; });
    const Segment& segment = *std::prev(after);
    offset = segment.replaced ? segment.written : segment.written + (offset - segment.begin);
  }
  size_t line = last_line_;
  const auto holds = [&](size_t k) {
    return lines_[k] <= offset && (k + 1 == lines_.size() || offset < lines_[k + 1]);
  };
  if (!holds(line)) {
    if (line + 1 < lines_.size() && holds(line + 1)) ++line;
    else line = static_cast<size_t>(std::upper_bound(lines_.begin(), lines_.end(), offset) - lines_.begin()) - 1;
    last_line_ = line;
  }
  if (ascii_) return file_.at(static_cast<int>(line) + 1, static_cast<int>(offset - lines_[line]) + 1);
  // Lines may be long: go on from the last place in this line.
  const std::string& text = segments_.empty() ? text_ : written_;
  if (lines_[line] > counted_ || counted_ > offset) counted_ = lines_[line], column_ = 1;
  for (; counted_ < offset && counted_ < text.size(); ++counted_) column_ += begins_character(text[counted_]);
  return file_.at(static_cast<int>(line) + 1, column_);
}

void Source::replace(const std::vector<Replacement>& replacements) {
  if (replacements.empty()) return;
  std::vector<Segment> before = std::move(segments_);
  if (before.empty()) {
    written_ = text_;
    before.push_back({0, 0, false});
  }
  counted_ = 0;
  column_ = 1;
  std::string out;
  std::vector<Segment> after;
  size_t done = 0;   // in text_
  size_t index = 0;  // segment of `before` that holds `done`
  const auto skip_to = [&](size_t offset) {
    while (index + 1 < before.size() && before[index + 1].begin <= offset) ++index;
    return before[index].replaced ? before[index].written : before[index].written + (offset - before[index].begin);
  };
  const auto keep_until = [&](size_t end) {
    while (done < end) {
      const size_t written = skip_to(done);
      const size_t stop = index + 1 < before.size() ? std::min(end, before[index + 1].begin) : end;
      after.push_back({out.size(), written, before[index].replaced});
      out.append(text_, done, stop - done);
      done = stop;
    }
  };
  for (const Replacement& replacement : replacements) {
    keep_until(replacement.begin);
    after.push_back({out.size(), skip_to(replacement.begin), true});
    out += replacement.with;
    done = replacement.end;
  }
  keep_until(text_.size());
  after.push_back({out.size(), skip_to(text_.size()), false});
  text_ = std::move(out);
  segments_ = std::move(after);
}

}  // namespace millrace
