#include "millrace/base/error.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <string_view>
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

std::vector<Error> Mistakes::sorted() const {
  std::vector<const Error*> in_order;
  for (const Error& error : errors_) in_order.push_back(&error);
  std::stable_sort(in_order.begin(), in_order.end(), [](const Error* a, const Error* b) {
    const Place &p = a->place(), &q = b->place();
    return std::forward_as_tuple(p.file(), p.line(), p.column()) <
           std::forward_as_tuple(q.file(), q.line(), q.column());
  });
  std::vector<Error> all;
  std::set<std::string_view> texts;
  for (const Error* error : in_order)
    if (texts.insert(error->what()).second) all.push_back(*error);
  return all;
}

void Mistakes::throw_if_any() const {
  if (errors_.empty()) return;
  if (errors_.size() == 1) throw errors_.front();
  std::string all;
  for (const Error& error : sorted()) all += (all.empty() ? "" : "\n") + std::string(error.what());
  throw Error(std::move(all));
}

void assertion_failed(const char* condition, const char* file, int line, const std::string& message) {
  throw std::logic_error("internal error: " + message + " (" + condition + ", " + file + ":" + std::to_string(line) +
                         ")");
}

}  // namespace millrace
