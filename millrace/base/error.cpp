#include "millrace/base/error.h"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace millrace {

Error::Error(std::string what) : Error(Place(), std::move(what)) {}

Error::Error(Place place, std::string what) : place_(std::move(place)), summary_(std::move(what)) { compose(); }

Error& Error::note(std::string line) & {
  notes_.push_back(std::move(line));
  compose();
  return *this;
}

Error& Error::help(std::string text) & {
  help_ = std::move(text);
  compose();
  return *this;
}

Error& Error::locate(const Place& place) & {
  if (!place_.known()) {
    place_ = place;
    compose();
  }
  return *this;
}

void Error::compose() {
  text_ = place_.known() ? place_.str() + ": " + summary_ : summary_;
  for (const std::string& note : notes_) text_ += "\n  " + note;
  if (!help_.empty()) text_ += "\n  help: " + help_;
}

void Mistakes::throw_if_any() const {
  if (errors_.empty()) return;
  if (errors_.size() == 1) throw errors_.front();
  std::vector<const Error*> sorted;
  for (const Error& error : errors_) sorted.push_back(&error);
  std::stable_sort(sorted.begin(), sorted.end(), [](const Error* a, const Error* b) {
    const Place &p = a->place(), &q = b->place();
    return std::forward_as_tuple(p.file(), p.line(), p.column()) <
           std::forward_as_tuple(q.file(), q.line(), q.column());
  });
  std::vector<std::string> texts;
  for (const Error* error : sorted) {
    std::string text = error->what();
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : "\n") + text;
  throw Error(std::move(all));
}

void assertion_failed(const char* condition, const char* file, int line, const std::string& message) {
  throw std::logic_error("internal error: " + message + " (" + condition + ", " + file + ":" + std::to_string(line) +
                         ")");
}

}  // namespace millrace
